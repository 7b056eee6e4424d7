package org.sememe.training;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.sememe.sae.design.Penalty;
import org.sememe.training.optimiser.PowerAnnealing;

/**
 * A penalty whose power falls as the run goes on ({@link PowerAnnealing}), with all that it
 * remembers in the run's state.
 */
final class Annealing {
  /** {@code p}, the next one, the coefficient, updates done, then pairs of prices. */
  private static final int HEAD = 4;

  private final PowerAnnealing course;
  private final boolean root;
  private final double weight;
  private final MemorySegment memory;

  /**
   * The annealing of a run, where it stands.
   *
   * @param penalty a power sum or a p-norm, of whatever power
   * @param weight its coefficient at first
   */
  Annealing(PowerAnnealing course, Penalty penalty, double weight, TrainState state) {
    this.course = course;
    this.root = penalty instanceof Penalty.PNorm;
    this.weight = weight;
    this.memory = state.annealing();
  }

  /** Numbers of a state that an annealing needs; NaN is none. */
  static long numbers(int remembered) {
    return HEAD + 2L * remembered;
  }

  private double number(long at) {
    return memory.getAtIndex(ValueLayout.JAVA_DOUBLE, at);
  }

  private void number(long at, double value) {
    memory.setAtIndex(ValueLayout.JAVA_DOUBLE, at, value);
  }

  /** Where it stands. */
  PowerAnnealing.Stand stand() {
    if (Double.isNaN(number(0))) {
      return course.begin(weight);
    }
    List<PowerAnnealing.Prices> recent = new ArrayList<>();
    for (int i = 0; i < course.remembered() && !Double.isNaN(number(HEAD + 2L * i)); i++) {
      recent.add(new PowerAnnealing.Prices(number(HEAD + 2L * i), number(HEAD + 2L * i + 1)));
    }
    double next = number(1);
    return new PowerAnnealing.Stand(
        number(0),
        Double.isNaN(next) ? OptionalDouble.empty() : OptionalDouble.of(next),
        number(2),
        (int) number(3),
        recent);
  }

  /** Goes on after a step; see {@link PowerAnnealing#after}. */
  void after(long step, double priceNow, double priceNext) {
    PowerAnnealing.Stand stand = course.after(stand(), step, priceNow, priceNext);
    number(0, stand.p());
    number(1, stand.next().orElse(Double.NaN));
    number(2, stand.coefficient());
    number(3, stand.done());
    for (int i = 0; i < course.remembered(); i++) {
      boolean known = i < stand.recent().size();
      number(HEAD + 2L * i, known ? stand.recent().get(i).now() : Double.NaN);
      number(HEAD + 2L * i + 1, known ? stand.recent().get(i).next() : Double.NaN);
    }
  }

  /** What the coefficient is of the first one. */
  double factor() {
    return stand().coefficient() / weight;
  }

  /** The penalty with a power. */
  Penalty penalty(double p) {
    return root ? new Penalty.PNorm(p) : new Penalty.PowerSum(p);
  }
}
