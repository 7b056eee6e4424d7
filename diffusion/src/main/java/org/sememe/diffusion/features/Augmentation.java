package org.sememe.diffusion.features;

import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;

/**
 * Small changes of pictures that leave what they show: each is turned, sized, moved, made fainter
 * and loses a square. Differentiable with respect to the pictures (Zhao et al. 2020, of which
 * moving and the square are). Beyond a picture's edge its edge goes on.
 *
 * @param turn largest angle, radians
 * @param size largest change of size, as a share
 * @param move largest distance, as a share of the side
 * @param contrast largest loss of contrast about the mean, as a share
 * @param cut side of the square that becomes the mean of the range, as a share of the side
 */
public record Augmentation(double turn, double size, double move, double contrast, double cut) {
  /** Changes nothing. */
  public static final Augmentation NONE = new Augmentation(0, 0, 0, 0, 0);

  /** Two views of one picture, for learning without labels. */
  public static final Augmentation VIEWS = new Augmentation(0.35, 0.25, 0.15, 0.4, 0.3);

  /** What a discriminator sees: moved, and a square cut out. */
  public static final Augmentation DISCRIMINATOR = new Augmentation(0, 0, 0.125, 0, 0.25);

  private static final int BILINEAR = 0;
  private static final int EDGE = 1;

  public Augmentation {
    if (!(turn >= 0)
        || !(size >= 0 && size < 1)
        || !(move >= 0)
        || !(contrast >= 0)
        || contrast > 1
        || !(cut >= 0 && cut <= 1)) {
      throw new IllegalArgumentException(
          "turn %s, size %s, move %s, contrast %s, cut %s: need shares from 0 to 1"
              .formatted(turn, size, move, contrast, cut));
    }
  }

  /** Changed pictures, in the caller's scope; {@code pictures} in [-1, 1], square or not. */
  public Tensor of(Tensor pictures, RandomStream random) {
    if (equals(NONE)) {
      return pictures;
    }
    int samples = Math.toIntExact(pictures.size(0));
    float[] maps = new float[samples * 6];
    float[] kept = new float[samples];
    for (int i = 0; i < samples; i++) {
      double angle = turn * between(random);
      double scale = 1 + size * between(random);
      maps[6 * i] = (float) (scale * Math.cos(angle));
      maps[6 * i + 1] = (float) (-scale * Math.sin(angle));
      maps[6 * i + 2] = (float) (2 * move * between(random));
      maps[6 * i + 3] = (float) (scale * Math.sin(angle));
      maps[6 * i + 4] = (float) (scale * Math.cos(angle));
      maps[6 * i + 5] = (float) (2 * move * between(random));
      kept[i] = (float) (1 - contrast * random.nextDouble());
    }
    Tensor grid =
        torch.affine_grid_generator(
            TensorMemory.floats(maps, samples, 2, 3), TensorMemory.shape(pictures), false);
    Tensor moved = torch.grid_sampler_2d(pictures, grid, BILINEAR, EDGE, false);
    if (contrast > 0) {
      Tensor mean = moved.flatten(1, -1).mean(1).reshape(samples, 1, 1, 1);
      moved = moved.sub(mean).mul(TensorMemory.floats(kept, samples, 1, 1, 1)).add(mean);
    }
    return cut == 0 ? moved : moved.mul(window(pictures, random));
  }

  /** 0 inside each picture's square, 1 elsewhere, {@code [samples, 1, height, width]}. */
  private Tensor window(Tensor pictures, RandomStream random) {
    int samples = Math.toIntExact(pictures.size(0));
    int height = Math.toIntExact(pictures.size(2));
    int width = Math.toIntExact(pictures.size(3));
    float[] mask = new float[samples * height * width];
    for (int i = 0; i < samples; i++) {
      double top = height * (random.nextDouble() - cut / 2);
      double left = width * (random.nextDouble() - cut / 2);
      int start = i * height * width;
      IntStream.range(0, height * width)
          .forEach(
              at -> {
                double y = at / width + 0.5 - top;
                double x = at % width + 0.5 - left;
                boolean inside = y >= 0 && y < cut * height && x >= 0 && x < cut * width;
                mask[start + at] = inside ? 0 : 1;
              });
    }
    return TensorMemory.floats(mask, samples, 1, height, width);
  }

  private static double between(RandomStream random) {
    return 2 * random.nextDouble() - 1;
  }
}
