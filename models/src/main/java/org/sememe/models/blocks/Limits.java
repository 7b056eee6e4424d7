package org.sememe.models.blocks;

import java.util.Arrays;
import org.sememe.models.HookPlan;
import org.sememe.models.TokenBatch;
import org.sememe.tensors.TensorMemory;

/**
 * What a network can be given.
 *
 * @param layers its blocks
 * @param width d
 * @param vocabulary number of token ids
 * @param contextLength the most positions
 */
public record Limits(int layers, int width, int vocabulary, int contextLength) {
  /**
   * Refuses a batch with ids or positions that the network does not have, and a start with another
   * shape.
   *
   * @throws IllegalArgumentException naming what is wrong
   */
  public void check(TokenBatch batch, HookPlan plan) {
    for (int row = 0; row < batch.sequences(); row++) {
      for (int column = 0; column < batch.length(); column++) {
        int id = batch.id(row, column);
        int position = batch.position(row, column);
        if (id < 0 || id >= vocabulary) {
          throw new IllegalArgumentException(
              "token id " + id + " is not in the vocabulary of " + vocabulary);
        }
        if (position >= contextLength) {
          throw new IllegalArgumentException(
              "position " + position + " is beyond the context of " + contextLength);
        }
      }
    }
    plan.start().ifPresent(start -> check(start, batch));
  }

  private void check(HookPlan.Start start, TokenBatch batch) {
    long[] expected = {batch.sequences(), batch.length(), width};
    long[] got = TensorMemory.shape(start.residual());
    if (start.layer() < 0 || start.layer() >= layers || !Arrays.equals(got, expected)) {
      throw new IllegalArgumentException(
          "cannot start at block "
              + start.layer()
              + " of "
              + layers
              + " with a residual "
              + Arrays.toString(got)
              + ", need "
              + Arrays.toString(expected));
    }
  }
}
