package org.sememe.app.pictures;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.Tensor;
import org.sememe.app.terminal.Progress;
import org.sememe.diffusion.pipeline.Pictures;
import org.sememe.models.unet.Tap;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.tensors.TensorMemory;

/**
 * A dictionary's features over pictures that a network draws: each picture's map is encoded as it
 * is drawn, and of each latent the counts and its strongest pictures are kept. One thread.
 */
public final class PictureFeatures {
  private static final int EXAMPLES = 12;
  private static final double DENSEST = 0.2;

  private final int latents;
  private final int kinds;
  private final long[] active;
  private final double[] sums;
  private final double[] squares;
  private final double[][] byKind;
  private final List<PriorityQueue<PictureFeature.Example>> examples;
  private final List<Pictures> sheets = new ArrayList<>();
  private long positions;

  private PictureFeatures(int latents, int kinds) {
    this.latents = latents;
    this.kinds = kinds;
    this.active = new long[latents];
    this.sums = new double[latents];
    this.squares = new double[latents];
    this.byKind = new double[latents][kinds];
    this.examples =
        IntStream.range(0, latents)
            .mapToObj(
                latent ->
                    new PriorityQueue<>(
                        Comparator.comparingDouble(PictureFeature.Example::largest)
                            .thenComparing(
                                PictureFeature.Example::ordinal, Comparator.reverseOrder())))
            .toList();
  }

  /**
   * Draws pictures and sees what a dictionary finds in them.
   *
   * @param network draws
   * @param hook the module that the dictionary was trained on
   */
  public static PictureFeatures of(
      PictureModules network,
      Dictionary dictionary,
      String hook,
      int count,
      long seed,
      Progress progress) {
    PictureFeatures all =
        new PictureFeatures(
            Math.toIntExact(dictionary.facts().latents()),
            Math.max(1, network.pipeline().classes() - 1));
    for (int first : PictureModules.batches(count)) {
      int some = Math.min(PictureModules.BATCH, count - first);
      PictureModules.Drawn drawn = network.draw(first, some, seed, List.of(hook), Tap.NONE);
      all.add(first, drawn, encoded(dictionary, drawn.maps().get(hook)), drawn.maps().get(hook));
      all.sheets.add(drawn.pictures());
      progress.update(first + some);
    }
    return all;
  }

  /** Activations of a map's rows, {@code [rows, latents]}. */
  static float[] encoded(Dictionary dictionary, ModuleMap map) {
    try (PointerScope scope = new PointerScope();
        AutoGradMode off = new AutoGradMode(false)) {
      Tensor rows =
          TensorMemory.floats(map.rows(), (long) map.samples() * map.places(), map.channels());
      return TensorMemory.floats(dictionary.encode(rows));
    }
  }

  private void add(int first, PictureModules.Drawn drawn, float[] codes, ModuleMap map) {
    int places = map.places();
    for (int sample = 0; sample < map.samples(); sample++) {
      for (int latent = 0; latent < latents; latent++) {
        add(first + sample, drawn.labels()[sample], latent, codes, sample * places, places);
      }
    }
    positions += (long) map.samples() * places;
  }

  private void add(int ordinal, int label, int latent, float[] codes, int firstRow, int places) {
    float largest = 0;
    for (int place = 0; place < places; place++) {
      float value = codes[(firstRow + place) * latents + latent];
      if (value > 0) {
        active[latent]++;
        sums[latent] += value;
        squares[latent] += (double) value * value;
        byKind[latent][label] += value;
        largest = Math.max(largest, value);
      }
    }
    PriorityQueue<PictureFeature.Example> best = examples.get(latent);
    if (largest > 0 && (best.size() < EXAMPLES || largest > best.peek().largest())) {
      float[] values = new float[places];
      for (int place = 0; place < places; place++) {
        values[place] = codes[(firstRow + place) * latents + latent];
      }
      best.add(new PictureFeature.Example(ordinal, label, largest, values));
      if (best.size() > EXAMPLES) {
        best.poll();
      }
    }
  }

  /** Positions that were seen. */
  public long positions() {
    return positions;
  }

  /** Pictures that were drawn. */
  public int pictures() {
    return sheets.stream().mapToInt(Pictures::count).sum();
  }

  /** Latents that were active anywhere. */
  public long used() {
    return IntStream.range(0, latents).filter(latent -> active[latent] > 0).count();
  }

  /**
   * The latents of the largest summed squares, which carry most of what is reconstructed, among
   * those active at a fifth of all positions at most: denser ones show little by where they are.
   */
  public List<Integer> largest(int count) {
    return IntStream.range(0, latents)
        .boxed()
        .filter(latent -> active[latent] > 0 && active[latent] <= positions * DENSEST)
        .sorted(Comparator.comparingDouble((Integer latent) -> squares[latent]).reversed())
        .limit(count)
        .toList();
  }

  /** A latent's feature. */
  public PictureFeature feature(int latent) {
    List<PictureFeature.Example> strongest =
        examples.get(latent).stream()
            .sorted(Comparator.comparingDouble(PictureFeature.Example::largest).reversed())
            .toList();
    double sum = sums[latent];
    return new PictureFeature(
        latent,
        active[latent],
        strongest.isEmpty() ? 0 : strongest.getFirst().largest(),
        active[latent] == 0 ? 0 : sum / active[latent],
        IntStream.range(0, kinds)
            .mapToObj(kind -> sum == 0 ? 0 : byKind[latent][kind] / sum)
            .toList(),
        strongest);
  }

  /** A drawn picture, {@code [height, width, channels]}, 0 to 255, as a picture of one. */
  public Pictures picture(int ordinal) {
    Pictures sheet = sheets.get(ordinal / PictureModules.BATCH);
    return sheet.one(ordinal % PictureModules.BATCH);
  }
}
