package org.sememe.training;

import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.sememe.kernels.Workers;

/**
 * The loss of a dictionary whose active latents are all those above something, and few by a
 * penalty's price (ReLU, JumpReLU, Gated):
 *
 * <pre>
 * p = W_enc u + b_enc,  z by the rule,  x̂ = z W_dec + b_dec
 * loss = mean |x - x̂|^2 + weight penalty [+ mean |x - x̂_gates|^2, Gated's, its decoder constant]
 * </pre>
 *
 * Where few pre-activations take part all but the encoder's product runs at those alone; where many
 * do, as in the first steps of a run, dense products are faster, and are taken.
 */
final class ThresholdLoss implements BatchLoss {
  /**
   * The share of pre-activations with a part in a gradient at which both passes take equally long:
   * measured by {@code sememe bench train}, see docs/performance.md.
   */
  static final double BREAK_EVEN = 0.045;

  /**
   * What a pre-activation costs that is listed and has no part in a gradient row (JumpReLU's near
   * its threshold, which need a slope alone), by the cost of one that has.
   */
  private static final double LISTED_COST = 0.2;

  private final TrainState state;
  private final TrainPlan plan;
  private final Products products;
  private final Firings firings;
  private final ThresholdTerms terms;
  private final SparsePass sparse;
  private Optional<DensePass> dense = Optional.empty();

  /** The loss of a run's batches; {@code workers} stay the caller's. */
  ThresholdLoss(
      TrainState state, TrainOptions options, TrainPlan plan, Firings firings, Workers workers) {
    this.state = state;
    this.plan = plan;
    this.products = options.products();
    this.firings = firings;
    this.terms = new ThresholdTerms(state, options, plan, firings, workers);
    this.sparse = new SparsePass(terms);
  }

  @Override
  public Outcome run(MemorySegment batch, Tensor u, float[] inputNorms) {
    long begin = System.nanoTime();
    terms.begin();
    double coefficient = plan.penaltyWeight(state.step());
    ThresholdPass.Measured measured = pass(u).run(batch, u, inputNorms, coefficient);
    state.density(density(measured));
    int[] dead = firings.count(terms.rows);
    double squaredError = terms.squaredError(false);
    double auxiliary = terms.rule.gated() ? terms.squaredError(true) : 0;
    double penalty = coefficient * terms.penalty(measured.penalty(), measured.active());
    terms.anneal(measured.penalty());
    long done =
        System.nanoTime() - begin - measured.product() - measured.select() - measured.decode();
    return new Outcome(
        measured.gradients(),
        terms.pull(),
        measured.slopeSums(),
        vectors(),
        terms.errors.asSlice(0, terms.at(terms.rows)),
        new Figures(
            squaredError + auxiliary + penalty,
            squaredError,
            auxiliary,
            penalty,
            measured.active(),
            dead.length,
            Optional.empty(),
            measured.product(),
            measured.select(),
            measured.decode(),
            done));
  }

  private double density(ThresholdPass.Measured measured) {
    double cost = measured.pairs() + LISTED_COST * (measured.listed() - measured.pairs());
    return cost / ((double) terms.rows * terms.latents);
  }

  private ThresholdPass pass(Tensor u) {
    boolean few =
        switch (products) {
          case SPARSE -> true;
          case DENSE -> false;
          case AUTO ->
              (state.density() < 0 ? sparse.sampledShare(u) : state.density()) < BREAK_EVEN;
        };
    if (few) {
      dense.ifPresent(DensePass::close);
      dense = Optional.empty();
      return sparse;
    }
    if (dense.isEmpty()) {
      dense = Optional.of(new DensePass(terms));
    }
    return dense.get();
  }

  private Map<String, MemorySegment> vectors() {
    Map<String, MemorySegment> gradients = new LinkedHashMap<>();
    List<String> names = terms.rule.vectors();
    for (int vector = 0; vector < names.size(); vector++) {
      gradients.put(names.get(vector), terms.sums.total(vector));
    }
    return gradients;
  }

  @Override
  public void close() {
    sparse.close();
    dense.ifPresent(DensePass::close);
    terms.close();
  }
}
