package org.sememe.training.autograd;

import java.lang.foreign.ValueLayout;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.sae.design.Activation;
import org.sememe.sae.design.Design;
import org.sememe.sae.design.Reconstruction;
import org.sememe.sae.objective.Evaluation;
import org.sememe.tensors.TensorMemory;

/**
 * How long each latent has been silent, and the running threshold: what a run remembers beside
 * weights and optimiser; and how often each fired of late. Owns its tensors; one thread at a time.
 */
public final class Silence implements AutoCloseable {
  private final Tensor since;
  private final Tensor fired;
  private final Tensor firings;
  private double threshold;
  private double least;
  private double leastSum;
  private long leastRows;

  /**
   * None silent.
   *
   * @param latents F
   * @param threshold before the first step; below 0 for none yet
   */
  public Silence(int latents, double threshold) {
    this(TensorMemory.longs(new long[latents], latents), threshold);
  }

  private Silence(Tensor since, double threshold) {
    this.since = since;
    this.fired = since.ne(new Scalar(0.0));
    since.retainReference();
    this.firings = torch.zeros_like(since);
    fired.retainReference();
    firings.retainReference();
    this.threshold = threshold;
  }

  /**
   * Counts in a tensor int64 {@code [F]} that holds them already, which it shares.
   *
   * @param threshold where the running threshold stands; below 0 for none yet
   */
  public static Silence over(Tensor since, double threshold) {
    try (PointerScope scope = new PointerScope()) {
      return new Silence(since, threshold);
    }
  }

  /** What was counted since each latent fired, int64 {@code [F]}; this object's. */
  public Tensor since() {
    return since;
  }

  /** The running threshold. */
  public double threshold() {
    return threshold;
  }

  /** Takes what a checkpoint kept. */
  public void restore(Tensor counts, double kept) {
    since.copy_(counts);
    threshold = kept;
  }

  /** Begins a batch: bools {@code [F]}. */
  Tensor dead(SilenceRule rule, long rows) {
    long ahead = rule.withThisBatch() ? rule.amount(rows) : 0;
    fired.zero_();
    least = Double.POSITIVE_INFINITY;
    leastSum = 0;
    leastRows = 0;
    return since.ge(new Scalar((double) (rule.deadFrom() - ahead)));
  }

  /** Those that fired since {@link #dead}. */
  Tensor firedNow() {
    return fired;
  }

  void see(SilenceRule rule, Design design, Evaluation evaluation) {
    Tensor now =
        rule.fired() == SilenceRule.Fired.CHOSEN
                && design.activation() instanceof Activation.TopK(int k)
            ? chosen(evaluation, (long) k * widest(design))
            : evaluation.fired();
    fired.logical_or_(now);
    firings.add_(evaluation.activations().detach().ne(new Scalar(0.0)).sum(0));
  }

  private static int widest(Design design) {
    return design.reconstructions().stream()
        .mapToInt(r -> r instanceof Reconstruction.Wider wider ? wider.factor() : 1)
        .max()
        .orElse(1);
  }

  private static Tensor chosen(Evaluation evaluation, long k) {
    Tensor values = torch.relu(evaluation.preActivations().detach());
    Tensor best = torch.topk(values, Math.min(k, values.size(1)), 1, true, false).get1();
    return torch
        .zeros_like(values)
        .scatter(1, best, new Scalar(1.0))
        .ne(new Scalar(0.0))
        .any(0, false);
  }

  /** On how many rows each latent was active since the last call. */
  public long[] takeFirings() {
    long[] taken = TensorMemory.segment(firings).toArray(ValueLayout.JAVA_LONG);
    firings.zero_();
    return taken;
  }

  /**
   * Counts a batch of rows of which those were active, and says how many latents have been silent
   * for so long.
   *
   * @param active bools {@code [rows, F]}
   * @param deadFrom rows without firing that make a latent dead
   */
  public long count(Tensor active, long rows, long deadFrom) {
    firings.add_(active.sum(0));
    fired.copy_(active.any(0, false));
    count(rows);
    return since.ge(new Scalar((double) deadFrom)).sum().item_long();
  }

  void count(long amount) {
    since.add_(new Scalar(amount));
    since.masked_fill_(fired, new Scalar(0L));
  }

  /** Takes a part of a batch into account for {@link #moveThreshold}. */
  void seeLeast(ThresholdRule rule, Evaluation evaluation) {
    if (!rule.byRow()) {
      evaluation.leastActive().ifPresent(value -> least = Math.min(least, value));
      return;
    }
    Tensor values = evaluation.activations().detach();
    Tensor silent = values.le(new Scalar(0.0));
    Tensor each =
        values
            .masked_fill(silent, new Scalar(Double.POSITIVE_INFINITY))
            .amin(new long[] {1}, false);
    Tensor finite = each.masked_select(each.isfinite()); // a row without any counts nothing
    leastSum += finite.to(ScalarType.Double).sum().item_double();
    leastRows += finite.numel();
  }

  /** Once a batch. */
  void moveThreshold(ThresholdRule rule, long step) {
    double seen = rule.byRow() ? leastSum / leastRows : least;
    if (step > rule.after() && Double.isFinite(seen)) {
      threshold = rule.next(threshold, seen);
    }
  }

  /** Latents that were silent for longer, as numbers int64 {@code [n]} in the caller's scope. */
  public Tensor silentFor(long more) {
    return since.gt(new Scalar((double) more)).nonzero().reshape(-1).to(ScalarType.Long);
  }

  @Override
  public void close() {
    since.close();
    fired.close();
    firings.close();
  }
}
