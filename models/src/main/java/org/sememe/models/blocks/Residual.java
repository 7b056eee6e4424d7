package org.sememe.models.blocks;

import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.sememe.models.TokenBatch;
import org.sememe.tensors.TensorMemory;

/** The residual stream {@code [sequences, length, d]} between the steps of a run. */
public final class Residual {
  private Residual() {}

  /**
   * One step in a scope of its own; only its result goes on, in the run's scope, and what it read
   * is closed.
   */
  public static Tensor step(PointerScope run, Tensor residual, UnaryOperator<Tensor> part) {
    Tensor next;
    try (PointerScope scope = new PointerScope()) {
      next = part.apply(residual);
      run.attach(next);
    }
    if (next != residual) {
      residual.close();
    }
    return next;
  }

  /**
   * Each sequence's row at its last real token, {@code [sequences, 1, d]}; where there are
   * alternatives, their rows, {@code [1, alternatives, d]}.
   */
  public static Tensor last(Tensor residual, TokenBatch batch) {
    if (batch.branches()) {
      return residual.narrow(1, batch.trunk(), (long) batch.length() - batch.trunk());
    }
    return at(residual, IntStream.range(0, batch.sequences()).map(batch::last).toArray());
  }

  /** Each sequence's row at its first real token, {@code [sequences, 1, d]}. */
  public static Tensor first(Tensor residual, TokenBatch batch) {
    int[] columns =
        IntStream.range(0, batch.sequences())
            .map(
                row ->
                    IntStream.range(0, batch.length())
                        .filter(column -> batch.real(row, column))
                        .findFirst()
                        .orElse(0))
            .toArray();
    return at(residual, columns);
  }

  private static Tensor at(Tensor residual, int[] columns) {
    long length = residual.size(1);
    long[] rows =
        IntStream.range(0, columns.length)
            .mapToLong(sequence -> sequence * length + columns[sequence])
            .toArray();
    return residual
        .reshape(-1, residual.size(2))
        .index_select(0, TensorMemory.longs(rows, rows.length))
        .unsqueeze(1);
  }
}
