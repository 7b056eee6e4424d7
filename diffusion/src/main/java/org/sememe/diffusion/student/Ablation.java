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
 * @param untrainedFeatures whether the feature network is one that was never trained
 */
public record Ablation(
    String study, String setting, DistillationPlan plan, boolean untrainedFeatures) {

  /** All rows, each once, the usual way first. */
  public static List<Ablation> rows(DistillationPlan usual) {
    DistillationStep.Constants c = usual.constants();
    return List.of(
        new Ablation("usual", "usual", usual, false),
        new Ablation("features", "untrained", usual, true),
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
        new Ablation("start", "random", usual.withStart(false), false),
        row("loss", "adversarial", usual, c.weighing(c.adversarialWeight(), 0)),
        row("loss", "distillation", usual, c.weighing(0, c.teacherWeight())),
        new Ablation("weighting", "sds", usual.with(WeightingChoice.SDS), false),
        new Ablation("weighting", "nfsd", usual.with(WeightingChoice.NFSD), false),
        new Ablation("teacher-steps", "2", usual.withTeacherSteps(2), false),
        new Ablation("teacher-steps", "4", usual.withTeacherSteps(4), false));
  }

  private static Ablation row(
      String study, String setting, DistillationPlan usual, DistillationPlan.Heads heads) {
    return new Ablation(study, setting, usual.with(heads), false);
  }

  private static Ablation row(
      String study, String setting, DistillationPlan usual, DistillationStep.Constants constants) {
    return new Ablation(study, setting, usual.with(constants), false);
  }

  /** A name for its folder. */
  public String name() {
    return study.equals(setting) ? study : study + "-" + setting;
  }
}
