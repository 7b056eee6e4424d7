package org.sememe.diffusion.evaluation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.sememe.diffusion.pictures.PictureSet;
import org.sememe.diffusion.pipeline.Guidance;
import org.sememe.diffusion.pipeline.Noise;
import org.sememe.diffusion.pipeline.Pictures;
import org.sememe.diffusion.pipeline.PixelPipeline;
import org.sememe.diffusion.pipeline.PixelRequest;
import org.sememe.diffusion.pipeline.Subjects;
import org.sememe.models.unet.Tap;

/**
 * Many pictures of one network in a number of steps.
 *
 * @param pictures with the labels that they were given
 * @param seconds that drawing them took, {@link #TOGETHER} at a time
 * @param millisForOne the median of some single pictures
 */
public record Drawing(PictureSet pictures, double seconds, double millisForOne) {
  /** Pictures that are drawn at once. */
  public static final int TOGETHER = 100;

  private static final int SINGLES = 5;

  /**
   * Draws one at least, and labels what is drawn; each group of pictures has noise of its own, the
   * same for all networks and steps.
   */
  public static Drawing of(
      PixelPipeline pipeline, int steps, Subjects subjects, int[] labels, long seed) {
    double millis = millisForOne(pipeline, steps, subjects.part(0, 1), seed);
    long start = System.nanoTime();
    List<PictureSet> drawn = new ArrayList<>();
    for (int from = 0; from < labels.length; from += TOGETHER) {
      int[] some = Arrays.copyOfRange(labels, from, Math.min(from + TOGETHER, labels.length));
      Noise noise = Noise.seeded(seed + from);
      Subjects part = subjects.part(from, from + some.length);
      drawn.add(drawn(pipeline, steps, part, noise).labelled(some));
    }
    PictureSet all = drawn.stream().reduce(PictureSet::and).orElseThrow();
    return new Drawing(all, (System.nanoTime() - start) / 1e9, millis);
  }

  private static Pictures drawn(PixelPipeline pipeline, int steps, Subjects subjects, Noise noise) {
    return pipeline.draw(
        new PixelRequest(subjects, steps, Guidance.NONE, OptionalInt.empty(), Optional.empty()),
        noise,
        Tap.NONE);
  }

  private static double millisForOne(
      PixelPipeline pipeline, int steps, Subjects subject, long seed) {
    double[] millis = new double[SINGLES];
    for (int i = 0; i < SINGLES; i++) {
      long start = System.nanoTime();
      drawn(pipeline, steps, subject, Noise.seeded(seed));
      millis[i] = (System.nanoTime() - start) / 1e6;
    }
    Arrays.sort(millis);
    return millis[SINGLES / 2];
  }

  /** How many a second. */
  public double picturesPerSecond() {
    return pictures.count() / seconds;
  }
}
