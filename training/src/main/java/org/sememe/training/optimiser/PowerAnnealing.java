package org.sememe.training.optimiser;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * p-annealing (Karvonen et al. 2024): the power of the sparsity penalty falls in {@code updates}
 * equal jumps at equally spaced steps. At each but the first, its coefficient is multiplied by
 * {@code mean(old penalty) / mean(new penalty)} over the last batches, so that the price stays the
 * same.
 *
 * @param start the power at first
 * @param end the power at last
 * @param firstStep of the first update, which sets p to {@code start}
 * @param lastStep of the last
 * @param updates at least 2
 * @param remembered batches in the means, at least 1
 */
public record PowerAnnealing(
    double start, double end, long firstStep, long lastStep, int updates, int remembered) {
  public PowerAnnealing {
    if (!(start > 0 && end > 0)
        || firstStep < 0
        || lastStep < firstStep
        || updates < 2
        || remembered < 1) {
      throw new IllegalArgumentException(
          "p from %s to %s in %d updates from step %d to %d, %d batches: need p above 0, 2 updates, 1 batch"
              .formatted(start, end, updates, firstStep, lastStep, remembered));
    }
  }

  /** A batch's penalties, without their coefficient. */
  public record Prices(double now, double next) {}

  /**
   * Where an annealing stands.
   *
   * @param p the power in force
   * @param next the one after it; none before the first update
   * @param coefficient of the penalty in force
   * @param done updates
   * @param recent the last batches' penalties, oldest first
   */
  public record Stand(
      double p, OptionalDouble next, double coefficient, int done, List<Prices> recent) {
    public Stand {
      recent = List.copyOf(recent);
    }
  }

  /** Before the first step. */
  public Stand begin(double coefficient) {
    return new Stand(start, OptionalDouble.empty(), coefficient, 0, List.of());
  }

  /**
   * After the loss of a step, counted from 0.
   *
   * @param priceNow the batch's penalty with {@code p}
   * @param priceNext the same with {@code next}, not looked at where there is none
   */
  public Stand after(Stand stand, long step, double priceNow, double priceNext) {
    List<Prices> recent = new ArrayList<>(stand.recent());
    if (stand.next().isPresent()) {
      recent.add(new Prices(priceNow, priceNext));
      recent = recent.subList(Math.max(0, recent.size() - remembered), recent.size());
    }
    int done = stand.done();
    if (done >= updates || step != updateStep(done)) {
      return new Stand(stand.p(), stand.next(), stand.coefficient(), done, recent);
    }
    double coefficient = stand.coefficient();
    if (stand.next().isPresent()) {
      double now = recent.stream().mapToDouble(Prices::now).average().orElseThrow();
      double next = recent.stream().mapToDouble(Prices::next).average().orElseThrow();
      coefficient *= now / next;
    }
    double following = done + 1 < updates ? power(done + 1) : end;
    return new Stand(power(done), OptionalDouble.of(following), coefficient, done + 1, recent);
  }

  private double power(int update) {
    return start + (end - start) * update / (updates - 1);
  }

  private long updateStep(int update) {
    return firstStep + (long) ((double) (lastStep - firstStep) * update / (updates - 1));
  }
}
