package org.sememe.app.pictures;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.stream.IntStream;
import org.sememe.diffusion.pipeline.Noise;
import org.sememe.diffusion.pipeline.Pictures;
import org.sememe.diffusion.pipeline.PixelPipeline;
import org.sememe.models.unet.Tap;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.tensors.RandomStream;

/**
 * A class-conditional network that draws, and what its modules give in the last step of a drawing.
 * Pictures are of all classes in turn but the last, which stands for none in runs of {@code
 * diffusion train}.
 *
 * @param pipeline stays the caller's
 * @param steps of a sampling
 */
public record PictureModules(PixelPipeline pipeline, int steps) {
  /** Pictures that are drawn at once. */
  public static final int BATCH = 64;

  /**
   * Drawn pictures and what was seen.
   *
   * @param labels a class a picture
   * @param maps module path to its output
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Drawn(Pictures pictures, int[] labels, SequencedMap<String, ModuleMap> maps) {}

  /** The modules that give maps, in the order in which they run, each with an output of theirs. */
  public SequencedMap<String, ModuleMap> modules() {
    SequencedMap<String, ModuleMap> all = new LinkedHashMap<>();
    drawn(
        labels(0, 1),
        Noise.seeded(0),
        (name, output) -> {
          if (output.dim() == 4) {
            all.put(name, ModuleMap.of(output));
          }
          return output;
        });
    return Collections.unmodifiableSequencedMap(all);
  }

  /**
   * A module's output by its path.
   *
   * @throws IllegalArgumentException where there is none, naming those that there are
   */
  public static ModuleMap required(SequencedMap<String, ModuleMap> modules, String path) {
    ModuleMap found = modules.get(path);
    if (found == null) {
      List<String> whole =
          modules.keySet().stream()
              .filter(name -> name.chars().filter(c -> c == '.').count() < 2)
              .toList();
      throw new IllegalArgumentException(
          "no module \""
              + path
              + "\" that gives maps; there are "
              + String.join(", ", whole)
              + " and parts of them");
    }
    return found;
  }

  /**
   * The module that a dictionary reads.
   *
   * @throws IllegalArgumentException if it is of several, or of another width
   */
  public String hook(Dictionary dictionary) {
    List<String> hooks = dictionary.facts().input().hooks();
    if (hooks.size() != 1 || !dictionary.facts().input().equals(dictionary.facts().output())) {
      throw new IllegalArgumentException(
          "a dictionary of one module is needed, this is of " + hooks);
    }
    int channels = required(modules(), hooks.getFirst()).channels();
    if (channels != dictionary.facts().input().width()) {
      throw new IllegalArgumentException(
          "%s gives %d channels and the dictionary reads %d"
              .formatted(hooks.getFirst(), channels, dictionary.facts().input().width()));
    }
    return hooks.getFirst();
  }

  /**
   * Draws a batch.
   *
   * @param first ordinal of its first picture, which decides the classes
   * @param seed of the noise; with {@code first} it decides the pictures
   * @param hooks modules to see
   * @param edit applied to every module's output, after it was seen
   */
  public Drawn draw(int first, int count, long seed, List<String> hooks, Tap edit) {
    Map<String, ModuleMap> seen = new LinkedHashMap<>();
    Noise noise = Noise.seeded(RandomStream.of(seed).stream("pictures").stream(first).nextLong());
    Tap tap =
        (name, output) -> {
          if (hooks.contains(name)) {
            seen.put(name, ModuleMap.of(output));
          }
          return edit.pass(name, output);
        };
    int[] labels = labels(first, count);
    Pictures pictures = drawn(labels, noise, tap);
    SequencedMap<String, ModuleMap> ordered = new LinkedHashMap<>();
    hooks.forEach(hook -> ordered.put(hook, seen.get(hook)));
    return new Drawn(pictures, labels, ordered);
  }

  private Pictures drawn(int[] labels, Noise noise, Tap tap) {
    return pipeline.draw(labels, steps, OptionalInt.empty(), noise, tap);
  }

  private int[] labels(int first, int count) {
    int classes = Math.max(1, pipeline.classes() - 1);
    return IntStream.range(first, first + count).map(i -> i % classes).toArray();
  }

  /** Where batches of some pictures begin. */
  public static List<Integer> batches(int count) {
    List<Integer> starts = new ArrayList<>();
    for (int first = 0; first < count; first += BATCH) {
      starts.add(first);
    }
    return starts;
  }
}
