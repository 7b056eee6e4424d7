package org.sememe.diffusion.distillation;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.sememe.diffusion.runs.Gradients;
import org.sememe.tensors.TensorMemory;
import org.sememe.training.optimiser.Optimiser;

/**
 * An iteration of Adversarial Diffusion Distillation: the heads learn to tell the student's
 * pictures from real ones, then the student learns from the updated heads and the teacher, with the
 * same pictures and the same noises. Owns nothing; one thread at a time.
 *
 * @param telling what heads are told
 * @param studentWeights what learns of the student, requiring gradients
 * @param headOptimiser of the heads, the caller's
 * @param studentOptimiser of the student, the caller's
 */
public record DistillationStep(
    Student student,
    Map<String, Tensor> studentWeights,
    Teaching teaching,
    FeatureNetwork features,
    Telling telling,
    Discriminator discriminator,
    Optimiser headOptimiser,
    Optimiser studentOptimiser,
    Constants constants) {

  /**
   * Numbers of a distillation.
   *
   * @param adversarialWeight of the adversarial loss; 1 in the paper, 0 for distillation alone
   * @param teacherWeight lambda, of the distillation loss; 0 for the adversarial loss alone
   * @param penaltyWeight gamma, of R1
   * @param headRate learning rate of the heads
   * @param studentRate learning rate of the student
   */
  public record Constants(
      double adversarialWeight,
      double teacherWeight,
      double penaltyWeight,
      double headRate,
      double studentRate) {
    /** The same with other weights of the two losses. */
    public Constants weighing(double adversarial, double teacher) {
      return new Constants(adversarial, teacher, penaltyWeight, headRate, studentRate);
    }

    /** The paper's lambda and gamma; it gives no learning rates. */
    public static Constants usual(double headRate, double studentRate) {
      return new Constants(1, 2.5, 1e-5, headRate, studentRate);
    }
  }

  /**
   * What an iteration sees.
   *
   * @param pictures real ones, {@code [samples, channels, height, width]}
   * @param studentTimesteps a noise level a sample, of those that the student draws from
   * @param noise on the real pictures
   * @param teacherTimesteps a noise level a sample, of all
   * @param teacherNoise on the student's pictures
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Batch(
      Tensor pictures,
      int[] labels,
      int[] studentTimesteps,
      Tensor noise,
      int[] teacherTimesteps,
      Tensor teacherNoise) {}

  /** What heads are told of a batch. */
  @FunctionalInterface
  public interface Telling {
    /**
     * The condition, in the caller's scope.
     *
     * @param embedding of the real pictures, a constant
     */
    Head.Condition of(Batch batch, Tensor embedding);
  }

  /**
   * What was seen before the updates.
   *
   * @param heads the heads' loss with R1
   * @param generator the adversarial loss
   * @param teaching the distillation loss, unweighted
   * @param real each real picture's logit, the mean over positions and heads
   * @param fake the student's likewise, before the heads' update
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Losses(
      double heads, double generator, double teaching, double[] real, double[] fake) {}

  /** One iteration; both updates are done when it returns. */
  public Losses run(Batch batch) {
    try (PointerScope scope = new PointerScope();
        AutoGradMode on = new AutoGradMode(true)) {
      FeatureNetwork.Features real = features.of(batch.pictures);
      Head.Condition condition = telling.of(batch, real.embedding().detach());
      Tensor noised = student.noisy().of(batch.pictures, batch.noise, batch.studentTimesteps);
      Tensor drawn = student.draw(noised, batch.studentTimesteps, batch.labels);
      List<Tensor> fake = features.taps(drawn);

      Discriminator.Terms judged = discriminator.judge(real.taps(), fake, condition);
      Tensor heads = judged.total(constants.penaltyWeight);
      Map<String, Tensor> weights = discriminator.parameters();
      Gradients.descend(headOptimiser, weights, heads, constants.headRate);

      Tensor generator = discriminator.generator(fake, condition);
      Tensor taught =
          teaching.of(drawn, batch.teacherNoise, batch.teacherTimesteps, batch.labels).loss();
      Tensor total =
          generator
              .mul(new Scalar(constants.adversarialWeight))
              .add(taught.mul(new Scalar(constants.teacherWeight)));
      Gradients.descend(studentOptimiser, studentWeights, total, constants.studentRate);
      return new Losses(
          heads.item_double(),
          generator.item_double(),
          taught.item_double(),
          logits(judged, Discriminator.HeadTerms::logitsReal),
          logits(judged, Discriminator.HeadTerms::logitsFake));
    }
  }

  private static double[] logits(
      Discriminator.Terms judged, Function<Discriminator.HeadTerms, Tensor> which) {
    return TensorMemory.doubles(
        judged.heads().stream()
            .map(head -> which.apply(head).detach().mean(1))
            .reduce(Tensor::add)
            .orElseThrow()
            .div(new Scalar(judged.heads().size())));
  }
}
