package org.sememe.analysis.index;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.sememe.tensors.RandomStream;

/**
 * Chooses which firings of a latent are shown: the strongest, and a random few of each interval of
 * activation, strongest interval first. The same seed chooses the same.
 */
final class ExampleChooser {
  private final Firings firings;
  private final IndexedText text;
  private final IndexOptions options;
  private final RandomStream random;

  /**
   * A firing that is shown.
   *
   * @param positions where in its context the latent fires, ascending
   * @param activations how strongly, one for each position
   */
  @SuppressWarnings("ArrayRecordComponent") // goes straight into the index
  record Choice(
      boolean strongest,
      int interval,
      float activation,
      int passage,
      int peak,
      int[] positions,
      float[] activations) {}

  ExampleChooser(Firings firings, IndexedText text, IndexOptions options) {
    this.firings = firings;
    this.text = text;
    this.options = options;
    this.random = RandomStream.of(options.seed()).stream("examples");
  }

  List<Choice> choose(int latent, double max) {
    int[] order = byActivation(latent);
    List<Choice> choices = new ArrayList<>();
    Set<Integer> shown = new HashSet<>();
    for (int firing : strongest(order)) {
      shown.add(firing);
      choices.add(choice(latent, true, firing, max));
    }
    RandomStream own = random.stream(latent);
    int end = 0;
    for (int interval = options.intervals() - 1; interval >= 0; interval--) {
      int start = end;
      while (end < order.length && interval(order[end], max) == interval) {
        end++;
      }
      int[] rest =
          Arrays.stream(order, start, end).filter(firing -> !shown.contains(firing)).toArray();
      for (int firing : some(rest, own)) {
        choices.add(choice(latent, false, firing, max));
      }
    }
    return choices;
  }

  /** A latent's firings, strongest first, of equal ones the earlier first. */
  private int[] byActivation(int latent) {
    long[] keys = new long[firings.count(latent)];
    for (int i = 0; i < keys.length; i++) {
      int firing = firings.first(latent) + i;
      // The bits of positive floats are in the floats' order.
      long weakness = Integer.MAX_VALUE - Float.floatToIntBits(firings.value(firing));
      keys[i] = weakness << Integer.SIZE | firing;
    }
    Arrays.sort(keys);
    return Arrays.stream(keys).mapToInt(key -> (int) key).toArray();
  }

  private int interval(int firing, double max) {
    return LatentStatistics.bin(firings.value(firing), max, options.intervals());
  }

  /** The strongest, each of another context, and not too many of one document. */
  private List<Integer> strongest(int[] order) {
    List<Integer> chosen = new ArrayList<>();
    Set<Integer> passages = new HashSet<>();
    Map<Long, Integer> documents = new HashMap<>();
    for (int firing : order) {
      if (chosen.size() == options.strongest()) {
        break;
      }
      int row = firings.row(firing);
      long document = text.document(row);
      if (documents.getOrDefault(document, 0) < options.perDocument()
          && passages.add(text.passage(row))) {
        documents.merge(document, 1, Integer::sum);
        chosen.add(firing);
      }
    }
    return chosen;
  }

  /** A few at random, in the order given. */
  private int[] some(int[] interval, RandomStream own) {
    return Arrays.stream(own.permutation(interval.length))
        .limit(options.perInterval())
        .sorted()
        .map(place -> interval[place])
        .toArray();
  }

  private Choice choice(int latent, boolean strongest, int firing, double max) {
    int passage = text.passage(firings.row(firing));
    int from = firing;
    while (from > firings.first(latent) && text.passage(firings.row(from - 1)) == passage) {
      from--;
    }
    int end = firings.first(latent) + firings.count(latent);
    int to = firing + 1;
    while (to < end && text.passage(firings.row(to)) == passage) {
      to++;
    }
    int start = from;
    int[] positions = IntStream.range(from, to).map(i -> text.position(firings.row(i))).toArray();
    float[] activations = new float[positions.length];
    for (int i = 0; i < activations.length; i++) {
      activations[i] = firings.value(start + i);
    }
    return new Choice(
        strongest,
        interval(firing, max),
        firings.value(firing),
        passage,
        text.position(firings.row(firing)),
        positions,
        activations);
  }
}
