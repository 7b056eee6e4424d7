package org.sememe.diffusion.student;

import java.util.List;
import org.sememe.diffusion.distillation.ConvolutionHead;
import org.sememe.diffusion.distillation.DistillationStep;

/**
 * A row of the paper's table of ablations (its table 1), and some of ours: the usual way with one
 * thing another.
 *
 * @param study which thing
 * @param setting what it is
 * @param plan of the training
 * @param features what the heads see through
 */
public record Ablation(String study, String setting, DistillationPlan plan, Features features) {
  /** A network that the heads see through. */
  public enum Features {
    /** Trained to see. */
    TRAINED,
    /** The same, never trained. */
    UNTRAINED,
    /** The teacher. */
    TEACHER
  }

  /** All rows, each once, the usual way first. */
  public static List<Ablation> rows(DistillationPlan usual) {
    DistillationStep.Constants c = usual.constants();
    return List.of(
        new Ablation("usual", "usual", usual, Features.TRAINED),
        new Ablation("features", "untrained", usual, Features.UNTRAINED),
        new Ablation("features", "teacher", usual, Features.TEACHER),
        row("condition", "none", usual, usual.heads().told(false, false)),
        row("condition", "label", usual, usual.heads().told(true, false)),
        row("condition", "image", usual, usual.heads().told(false, true)),
        row("condition", "image-at-pure-noise", usual, usual.heads().knowingAtPureNoise(true)),
        row("heads", "without-norms", usual, usual.heads().with(ConvolutionHead.Norms.NONE)),
        row(
            "heads",
            usual.heads().augmented() ? "plain" : "augmented",
            usual,
            usual.heads().seeing(!usual.heads().augmented())),
        new Ablation("start", "random", usual.withStart(false), Features.TRAINED),
        row("loss", "adversarial", usual, c.weighing(c.adversarialWeight(), 0)),
        row("loss", "distillation", usual, c.weighing(0, c.teacherWeight())),
        new Ablation("weighting", "sds", usual.with(WeightingChoice.SDS), Features.TRAINED),
        new Ablation("weighting", "nfsd", usual.with(WeightingChoice.NFSD), Features.TRAINED),
        new Ablation("teacher-steps", "2", usual.withTeacherSteps(2), Features.TRAINED),
        new Ablation("teacher-steps", "4", usual.withTeacherSteps(4), Features.TRAINED));
  }

  private static Ablation row(
      String study, String setting, DistillationPlan usual, DistillationPlan.Heads heads) {
    return new Ablation(study, setting, usual.with(heads), Features.TRAINED);
  }

  private static Ablation row(
      String study, String setting, DistillationPlan usual, DistillationStep.Constants constants) {
    return new Ablation(study, setting, usual.with(constants), Features.TRAINED);
  }

  /** A name for its folder. */
  public String name() {
    return study.equals(setting) ? study : study + "-" + setting;
  }
}
