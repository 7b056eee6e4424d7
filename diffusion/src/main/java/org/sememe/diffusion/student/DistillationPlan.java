package org.sememe.diffusion.student;

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
    Heads heads,
    boolean fromTeacher,
    double averaging,
    long seed) {

  /**
   * What the heads are told and see.
   *
   * @param hidden channels inside a head, which are the projection's too
   * @param label whether they are told the class
   * @param image whether they are told the real picture's embedding
   * @param augmented whether what they see is moved and cut
   */
  public record Heads(int hidden, boolean label, boolean image, boolean augmented) {
    public Heads {
      if (hidden < 1) {
        throw new IllegalArgumentException("heads of " + hidden + " channels: need 1 at least");
      }
    }

    /** The same, told other things. */
    public Heads told(boolean otherLabel, boolean otherImage) {
      return new Heads(hidden, otherLabel, otherImage, augmented);
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
    if (!(averaging >= 0 && averaging < 1)) {
      throw new IllegalArgumentException("averaging " + averaging + ": need from 0 up to 1");
    }
  }

  /** The same with other weights and rates. */
  public DistillationPlan with(DistillationStep.Constants other) {
    return new DistillationPlan(
        steps, batch, other, weighting, teacherSteps, heads, fromTeacher, averaging, seed);
  }

  /** The same with another weighting. */
  public DistillationPlan with(WeightingChoice other) {
    return new DistillationPlan(
        steps, batch, constants, other, teacherSteps, heads, fromTeacher, averaging, seed);
  }

  /** The same with another number of teacher steps. */
  public DistillationPlan withTeacherSteps(int otherTeacherSteps) {
    return new DistillationPlan(
        steps, batch, constants, weighting, otherTeacherSteps, heads, fromTeacher, averaging, seed);
  }

  /** The same with other heads. */
  public DistillationPlan with(Heads other) {
    return new DistillationPlan(
        steps, batch, constants, weighting, teacherSteps, other, fromTeacher, averaging, seed);
  }

  /** The same with another start. */
  public DistillationPlan withStart(boolean asTeacher) {
    return new DistillationPlan(
        steps, batch, constants, weighting, teacherSteps, heads, asTeacher, averaging, seed);
  }

  /** The same with another seed. */
  public DistillationPlan withSeed(long otherSeed) {
    return new DistillationPlan(
        steps, batch, constants, weighting, teacherSteps, heads, fromTeacher, averaging, otherSeed);
  }
}
