package org.sememe.app.pictures;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.sememe.diffusion.pipeline.Pictures;
import org.sememe.models.unet.Tap;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;

/**
 * What leaving a feature out does to pictures: at each position where it is active its decoder row
 * times its activation is taken off the module's output, and the pictures are drawn again from the
 * same noise. Inside are the pixels of positions where it is active and of their neighbours,
 * outside all others of the same pictures. The same is done with random directions of the row's
 * norm, at the same positions and strengths.
 *
 * @param pictures in which the feature is active, whose changes are averaged
 * @param inside mean absolute change of a pixel value there, of the range's 255
 * @param outside the same elsewhere
 * @param randomInside with random directions, their mean
 * @param randomOutside likewise
 */
public record EditCheck(
    int pictures, double inside, double outside, double randomInside, double randomOutside) {
  private static final int RANDOM = 4;

  /** Change of pixels inside and outside. */
  private record Change(double inside, double outside) {}

  /**
   * Checks a feature.
   *
   * @param first ordinal of the first picture that is drawn
   * @param codes activations of the drawn map's rows, {@code [rows, latents]}
   * @param direction the latent's decoder row
   */
  static EditCheck of(
      PictureModules network,
      String hook,
      int first,
      long seed,
      PictureModules.Drawn plain,
      float[] codes,
      int latent,
      float[] direction) {
    ModuleMap map = plain.maps().get(hook);
    float[] activation = new float[map.samples() * map.places()];
    int latents = codes.length / activation.length;
    for (int row = 0; row < activation.length; row++) {
      activation[row] = Math.max(0, codes[row * latents + latent]);
    }
    boolean[] inside = inside(map, activation, plain.pictures());
    List<Integer> active = new ArrayList<>();
    for (int sample = 0; sample < map.samples(); sample++) {
      for (int place = 0; place < map.places(); place++) {
        if (activation[sample * map.places() + place] > 0) {
          active.add(sample);
          break;
        }
      }
    }
    RandomStream random = RandomStream.of(seed).stream("directions").stream(latent);
    Edited edited = new Edited(network, hook, first, seed, plain, activation);
    Change own = change(plain.pictures(), edited.without(direction), inside, active);
    double randomInside = 0;
    double randomOutside = 0;
    for (int i = 0; i < RANDOM; i++) {
      float[] other = random(direction, random);
      Change change = change(plain.pictures(), edited.without(other), inside, active);
      randomInside += change.inside / RANDOM;
      randomOutside += change.outside / RANDOM;
    }
    return new EditCheck(active.size(), own.inside, own.outside, randomInside, randomOutside);
  }

  /** Drawings again with something taken off a module's output, at a strength a row. */
  private record Edited(
      PictureModules network,
      String hook,
      int first,
      long seed,
      PictureModules.Drawn plain,
      float[] activation) {
    Pictures without(float[] direction) {
      Tap edit =
          (name, output) -> {
            if (!name.equals(hook)) {
              return output;
            }
            ModuleMap map = plain.maps().get(hook);
            Tensor strength =
                TensorMemory.floats(activation, map.samples(), 1, map.height(), map.width());
            return output.sub(
                strength.mul(TensorMemory.floats(direction, 1, direction.length, 1, 1)));
          };
      return network.draw(first, plain.pictures().count(), seed, List.of(), edit).pictures();
    }
  }

  private static float[] random(float[] like, RandomStream random) {
    float[] other = new float[like.length];
    double norm = 0;
    double wanted = 0;
    for (int i = 0; i < like.length; i++) {
      other[i] = (float) random.nextGaussian();
      norm += other[i] * other[i];
      wanted += like[i] * like[i];
    }
    for (int i = 0; i < like.length; i++) {
      other[i] *= (float) Math.sqrt(wanted / norm);
    }
    return other;
  }

  /** Which pixels belong to positions where it is active, or to their neighbours. */
  private static boolean[] inside(ModuleMap map, float[] activation, Pictures pictures) {
    boolean[] inside = new boolean[map.samples() * pictures.height() * pictures.width()];
    for (int sample = 0; sample < map.samples(); sample++) {
      for (int y = 0; y < pictures.height(); y++) {
        for (int x = 0; x < pictures.width(); x++) {
          int at = (sample * pictures.height() + y) * pictures.width() + x;
          int row = y * map.height() / pictures.height();
          int column = x * map.width() / pictures.width();
          inside[at] = near(map, activation, sample, row, column);
        }
      }
    }
    return inside;
  }

  private static boolean near(ModuleMap map, float[] activation, int sample, int row, int column) {
    for (int y = Math.max(0, row - 1); y <= Math.min(map.height() - 1, row + 1); y++) {
      for (int x = Math.max(0, column - 1); x <= Math.min(map.width() - 1, column + 1); x++) {
        if (activation[(sample * map.height() + y) * map.width() + x] > 0) {
          return true;
        }
      }
    }
    return false;
  }

  private static Change change(
      Pictures before, Pictures after, boolean[] inside, List<Integer> samples) {
    double[] sums = new double[2];
    long[] counts = new long[2];
    int size = before.height() * before.width();
    for (int sample : samples) {
      for (int pixel = sample * size; pixel < (sample + 1) * size; pixel++) {
        for (int c = 0; c < before.channels(); c++) {
          int at = pixel * before.channels() + c;
          int part = inside[pixel] ? 0 : 1;
          sums[part] +=
              Math.abs(
                  Byte.toUnsignedInt(before.values()[at]) - Byte.toUnsignedInt(after.values()[at]));
          counts[part]++;
        }
      }
    }
    return new Change(sums[0] / Math.max(1, counts[0]), sums[1] / Math.max(1, counts[1]));
  }
}
