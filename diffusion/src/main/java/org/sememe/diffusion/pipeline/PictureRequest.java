package org.sememe.diffusion.pipeline;

import java.util.List;
import java.util.Optional;

/**
 * What pictures are wanted.
 *
 * @param prompts one a picture
 * @param steps of the sampling
 * @param negative what guidance leads away from; empty for the pipeline's own way of saying nothing
 * @param size in pixels; empty for that of training
 * @param micro what SDXL is told of the picture's size; empty for the wanted size, uncropped
 */
public record PictureRequest(
    List<String> prompts,
    int steps,
    Guidance guidance,
    Optional<String> negative,
    Optional<Size> size,
    Optional<Micro> micro) {
  public PictureRequest {
    prompts = List.copyOf(prompts);
    if (prompts.isEmpty() || steps < 1) {
      throw new IllegalArgumentException(
          prompts.size() + " prompts in " + steps + " steps: need one of each at least");
    }
  }

  /** A height and a width. */
  public record Size(int height, int width) {}

  /**
   * What SDXL's training pictures were.
   *
   * @param original before they were resized
   * @param cropTop pixels cut off above
   * @param cropLeft pixels cut off at the left
   * @param target after it all
   */
  public record Micro(Size original, int cropTop, int cropLeft, Size target) {
    double[] numbers() {
      return new double[] {
        original.height, original.width, cropTop, cropLeft, target.height, target.width
      };
    }
  }
}
