package org.sememe.diffusion.distillation;

import java.util.Arrays;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.sememe.diffusion.schedule.Prediction;

/**
 * The distillation loss (equation 4): student pictures get noise, the teacher says in one step what
 * is under it, and the student is drawn there. The gradient runs through the student's pictures
 * alone, never through the teacher or its target.
 *
 * @param noisy the forward process that the teacher was trained with
 * @param teacher whose parameters require no gradient
 * @param prediction what the teacher's output is
 */
public record Teaching(
    NoisyPictures noisy, Denoiser teacher, Prediction prediction, Weighting weighting) {

  /**
   * What a batch gives.
   *
   * @param noised student pictures with noise
   * @param teacherNoise the noise that the teacher sees in them, told their labels
   * @param weights c(t), {@code [samples]}
   * @param target where the student is drawn
   * @param squares {@code ||student - target||^2}, summed over channels and pixels, {@code
   *     [samples]}
   * @param loss the mean of weights times squares
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Terms(
      Tensor noised,
      Tensor teacherNoise,
      double[] weights,
      Tensor target,
      Tensor squares,
      Tensor loss) {}

  /**
   * The loss of a batch.
   *
   * @param pictures of the student, {@code [samples, channels, height, width]}
   * @param noise unit noise of the same shape
   */
  public Terms of(Tensor pictures, Tensor noise, int[] timesteps, int[] labels) {
    Tensor still = pictures.detach();
    Tensor noised = noisy.of(still, noise, timesteps);
    Tensor output = teacher.predict(noised, timesteps, labels);
    Tensor own = noisy.noise(prediction, noised, output, timesteps);
    Tensor target =
        switch (weighting) {
          case Weighting.Exponential _, Weighting.ScoreDistillation _ ->
              noisy.clean(prediction, noised, output, timesteps);
          case Weighting.NoiseFree free -> {
            Tensor pull = direction(free, noised, own, timesteps);
            yield still.sub(noisy.sigma(timesteps, still).div(reach(timesteps, still)).mul(pull));
          }
        };
    double[] weights = Arrays.stream(timesteps).mapToDouble(this::weight).toArray();
    Tensor fixed = target.detach();
    Tensor squares = pictures.sub(fixed).pow(new Scalar(2.0)).sum(1, 2, 3);
    Tensor loss =
        squares.mul(NoisyPictures.column(weights, pictures).reshape(weights.length)).mean();
    return new Terms(noised, own.detach(), weights, fixed, squares, loss);
  }

  /** c(t); 0 where there is nothing but noise. */
  private double weight(int t) {
    double alpha = noisy.schedule().alpha(t);
    return weighting instanceof Weighting.Exponential
        ? alpha
        : alpha * noisy.schedule().sigma(t) / 2;
  }

  /** {@code delta_D + guidance delta_C}. */
  private Tensor direction(Weighting.NoiseFree free, Tensor noised, Tensor own, int[] timesteps) {
    Tensor none = noise(noised, timesteps, free.noLabel());
    Tensor bad = noise(noised, timesteps, free.negativeLabel());
    double[] late = Arrays.stream(timesteps).mapToDouble(t -> t < free.clean() ? 0 : 1).toArray();
    Tensor domain = none.sub(NoisyPictures.column(late, noised).mul(bad));
    return domain.add(own.sub(none).mul(new Scalar(free.guidance())));
  }

  private Tensor noise(Tensor noised, int[] timesteps, int label) {
    int[] labels = new int[timesteps.length];
    Arrays.fill(labels, label);
    return noisy.noise(prediction, noised, teacher.predict(noised, timesteps, labels), timesteps);
  }

  /** alpha, and infinity where it is 0: no target is drawn to from pure noise. */
  private Tensor reach(int[] timesteps, Tensor like) {
    return NoisyPictures.column(
        Arrays.stream(timesteps)
            .mapToDouble(noisy.schedule()::alpha)
            .map(alpha -> alpha == 0 ? Double.POSITIVE_INFINITY : alpha)
            .toArray(),
        like);
  }
}
