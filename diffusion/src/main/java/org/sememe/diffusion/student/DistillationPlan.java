package org.sememe.diffusion.student;

import org.sememe.diffusion.distillation.ConvolutionHead;
import org.sememe.diffusion.distillation.DistillationStep;

/**
 * How a student is trained.
 *
 * @param steps of training
 * @param batch pictures a step
 * @param constants weights of the losses and learning rates; lambda is of the distillation loss as
 *     a mean over a picture's values, since a sum would outweigh the heads the more, the larger the
 *     picture (the paper does not say which)
 * @param weighting of the distillation loss
 * @param teacherSteps of the teacher from its noise level to its target, at least 1
 * @param starts where the student draws from
 * @param heads what the discriminator is
 * @param fromTeacher whether the student begins as the teacher's copy, not at random
 * @param averaging decay of the student's average, which is what is saved
 * @param seed of everything that is drawn
 */
public record DistillationPlan(
    long steps,
    int batch,
    DistillationStep.Constants constants,
    WeightingChoice weighting,
    int teacherSteps,
    Starts starts,
    Heads heads,
    boolean fromTeacher,
    double averaging,
    long seed) {

  /**
   * Which of its timesteps the student draws from.
   *
   * @param pureNoise share of the pictures that begin as pure noise; the other timesteps share the
   *     rest evenly
   * @param warmUp steps at the beginning in which only the two least noisy timesteps are drawn from
   */
  public record Starts(double pureNoise, long warmUp) {
    public Starts {
      if (!(pureNoise >= 0 && pureNoise <= 1)) {
        throw new IllegalArgumentException("a share of " + pureNoise + ": need from 0 to 1");
      }
      if (warmUp < 0) {
        throw new IllegalArgumentException("a warm-up of " + warmUp + " steps: need 0 at least");
      }
    }
  }

  /**
   * What the heads are told and see.
   *
   * @param hidden channels inside a head, which are the projection's too
   * @param label whether they are told the class
   * @param image whether they are told the feature network's embedding: the real picture's, or the
   *     noise level's where that network is one that draws
   * @param imageAtPureNoise whether also where the student draws from pure noise and cannot know
   *     that picture
   * @param augmented whether what they see is moved and cut
   * @param norms inside them; pictures that a batch norm sees together are of one class and one
   *     timestep
   * @param levels of the noise that a feature network that draws gets its pictures with
   */
  public record Heads(
      int hidden,
      boolean label,
      boolean image,
      boolean imageAtPureNoise,
      boolean augmented,
      ConvolutionHead.Norms norms,
      LogitNormal levels) {
    public Heads {
      if (hidden < 1) {
        throw new IllegalArgumentException("heads of " + hidden + " channels: need 1 at least");
      }
    }

    /** The same with other norms. */
    public Heads with(ConvolutionHead.Norms other) {
      return new Heads(hidden, label, image, imageAtPureNoise, augmented, other, levels);
    }

    /** The same, told the real picture's embedding at pure noise too, or not there. */
    public Heads knowingAtPureNoise(boolean told) {
      return new Heads(hidden, label, image, told, augmented, norms, levels);
    }

    /** The same, seeing pictures moved and cut, or as they are. */
    public Heads seeing(boolean changed) {
      return new Heads(hidden, label, image, imageAtPureNoise, changed, norms, levels);
    }

    /** The same, told other things. */
    public Heads told(boolean otherLabel, boolean otherImage) {
      return new Heads(hidden, otherLabel, otherImage, imageAtPureNoise, augmented, norms, levels);
    }
  }

  public DistillationPlan {
    if (steps < 1 || batch < 1 || teacherSteps < 1) {
      throw new IllegalArgumentException(
          "%d steps, batches of %d, %d teacher steps: all at least 1"
              .formatted(steps, batch, teacherSteps));
    }
    if (!(constants.studentRate() > 0) || !(constants.headRate() > 0)) {
      throw new IllegalArgumentException(
          "learning rates %s and %s: need above 0"
              .formatted(constants.studentRate(), constants.headRate()));
    }
    if (!(constants.adversarialWeight() >= 0)
        || !(constants.teacherWeight() >= 0)
        || !(constants.penaltyWeight() >= 0)
        || constants.adversarialWeight() + constants.teacherWeight() == 0) {
      throw new IllegalArgumentException(
          "weights of losses are at least 0, and one of them above: " + constants);
    }
    if (heads.norms().together() > 0 && batch % heads.norms().together() != 0) {
      throw new IllegalArgumentException(
          "batches of %d are not groups of %d".formatted(batch, heads.norms().together()));
    }
    if (!(averaging >= 0 && averaging < 1)) {
      throw new IllegalArgumentException("averaging " + averaging + ": need from 0 up to 1");
    }
  }

  /** The same with other weights and rates. */
  public DistillationPlan with(DistillationStep.Constants other) {
    return new DistillationPlan(
        steps, batch, other, weighting, teacherSteps, starts, heads, fromTeacher, averaging, seed);
  }

  /** The same with another weighting. */
  public DistillationPlan with(WeightingChoice other) {
    return new DistillationPlan(
        steps, batch, constants, other, teacherSteps, starts, heads, fromTeacher, averaging, seed);
  }

  /** The same with another number of teacher steps. */
  public DistillationPlan withTeacherSteps(int otherTeacherSteps) {
    return new DistillationPlan(
        steps,
        batch,
        constants,
        weighting,
        otherTeacherSteps,
        starts,
        heads,
        fromTeacher,
        averaging,
        seed);
  }

  /** The same with other heads. */
  public DistillationPlan with(Heads other) {
    return new DistillationPlan(
        steps,
        batch,
        constants,
        weighting,
        teacherSteps,
        starts,
        other,
        fromTeacher,
        averaging,
        seed);
  }

  /** The same with another start. */
  public DistillationPlan withStart(boolean asTeacher) {
    return new DistillationPlan(
        steps,
        batch,
        constants,
        weighting,
        teacherSteps,
        starts,
        heads,
        asTeacher,
        averaging,
        seed);
  }

  /** The same with another seed. */
  public DistillationPlan withSeed(long otherSeed) {
    return new DistillationPlan(
        steps,
        batch,
        constants,
        weighting,
        teacherSteps,
        starts,
        heads,
        fromTeacher,
        averaging,
        otherSeed);
  }
}
