package org.sememe.benchmarks.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.sememe.kernels.CausalAttention;
import org.sememe.kernels.GatedUnits;
import org.sememe.kernels.RootMeanSquareNorm;
import org.sememe.kernels.RotaryTurns;

/**
 * What a language model's blocks do beside their products, at the width of the shape: heads of 64,
 * three query heads to a key head, an MLP of 8/3 d.
 */
final class NetworkJobs implements Jobs {
  private static final int HEAD = 64;
  private static final int GROUP = 3;
  private static final double EPSILON = 1e-5;

  private final Inputs in;
  private final int units;
  private final MemorySegment weight;
  private final MemorySegment normed;
  private final MemorySegment gates;
  private final CausalAttention attention;
  private final RotaryTurns rotary;
  private final MemorySegment turns;
  private final int positions;
  private final MemorySegment qkv;
  private final MemorySegment out;

  /** Jobs on sequences of {@code positions} tokens. */
  NetworkJobs(Inputs in, int positions) {
    this.in = in;
    this.units = in.d() * 8 / 3;
    this.weight = in.noise(in.d());
    this.normed = in.floats((long) Inputs.ROWS * in.d());
    this.gates = in.noise(2L * Inputs.ROWS * units);
    int heads = in.d() / HEAD;
    int kvHeads = heads / GROUP;
    this.attention = new CausalAttention(positions, heads, kvHeads, HEAD);
    this.qkv = in.noise((long) positions * (heads + 2 * kvHeads) * HEAD);
    this.rotary = new RotaryTurns(heads + 2 * kvHeads, heads + kvHeads, HEAD, positions);
    this.turns = quarterTurns(in, positions);
    this.positions = positions;
    this.out = in.floats((long) positions * heads * HEAD);
  }

  /** Turns that leave a pair's length as it is, however often they are applied. */
  private static MemorySegment quarterTurns(Inputs in, int positions) {
    MemorySegment turns = in.floats((long) positions * HEAD);
    for (long sine = 1; sine < (long) positions * HEAD; sine += 2) {
      turns.setAtIndex(ValueLayout.JAVA_FLOAT, sine, 1);
    }
    return turns;
  }

  double norm() {
    RootMeanSquareNorm.apply(in.x(), weight, normed, in.d(), EPSILON, 0, Inputs.ROWS);
    return normed.getAtIndex(ValueLayout.JAVA_FLOAT, 0);
  }

  double gatedUnits() {
    GatedUnits.silu(gates, units, 0, Inputs.ROWS);
    return gates.getAtIndex(ValueLayout.JAVA_FLOAT, 0);
  }

  double attention() {
    attention.attend(qkv, out, 0, attention.units(1));
    return out.getAtIndex(ValueLayout.JAVA_FLOAT, 0);
  }

  double rotary() {
    rotary.apply(qkv, turns, 0, positions);
    return qkv.getAtIndex(ValueLayout.JAVA_FLOAT, 0);
  }

  @Override
  public double all() {
    return norm() + gatedUnits() + rotary() + attention();
  }

  @Override
  public void close() {}
}
