package org.sememe.analysis.evaluation;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.function.IntConsumer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.tensors.TensorMemory;

/** By the whole matrix of latents, a few rows at a time. */
final class CoderReconstructor implements Reconstructor {
  private static final long MOST_VALUES = 1L << 24;

  private final Dictionary dictionary;
  private final int mostRows;
  private final int inputs;
  private final int outputs;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment input;
  private final MemorySegment output;
  private long[] fired = {};
  private int[] starts = {};

  CoderReconstructor(Dictionary dictionary, int mostRows) {
    this.dictionary = dictionary;
    this.mostRows = (int) Math.clamp(MOST_VALUES / dictionary.facts().latents(), 1, mostRows);
    this.inputs = Math.toIntExact(dictionary.facts().input().values());
    this.outputs = Math.toIntExact(dictionary.facts().output().values());
    this.input = arena.allocate(ValueLayout.JAVA_FLOAT, (long) this.mostRows * inputs);
    this.output = arena.allocate(ValueLayout.JAVA_FLOAT, (long) this.mostRows * outputs);
  }

  @Override
  public int mostRows() {
    return mostRows;
  }

  @Override
  public int latents() {
    return Math.toIntExact(dictionary.facts().latents());
  }

  @Override
  public long inputBytes() {
    return (long) inputs * Float.BYTES;
  }

  @Override
  public long outputBytes() {
    return (long) outputs * Float.BYTES;
  }

  @Override
  public MemorySegment input() {
    return input;
  }

  @Override
  public MemorySegment output() {
    return output;
  }

  @Override
  public boolean inSequence() {
    return !dictionary.rowsAlone();
  }

  @Override
  public void reconstruct(int count, long[] contexts) {
    if (!inSequence()) {
      reconstruct(count);
      return;
    }
    fired = new long[0];
    starts = new int[count + 1];
    for (int from = 0; from < count; ) {
      int to = from + 1;
      while (to < count && contexts[to] == contexts[from]) {
        to++;
      }
      sequence(from, to);
      from = to;
    }
  }

  /** Reconstructs some rows as one sequence. */
  private void sequence(int from, int to) {
    try (PointerScope scope = new PointerScope()) {
      MemorySegment part = input.asSlice(from * inputBytes(), (to - from) * inputBytes());
      Tensor x = TensorMemory.tensor(part, ScalarType.Float, 1, to - from, inputs);
      Tensor latents = dictionary.encode(x);
      Tensor made = dictionary.decode(latents, x).to(ScalarType.Float).contiguous();
      MemorySegment.copy(
          TensorMemory.segment(made), 0, output, from * outputBytes(), (to - from) * outputBytes());
      Tensor places = latents.squeeze(0).ne(new Scalar(0.0)).nonzero();
      long[] rows = TensorMemory.longs(places.select(1, 0).contiguous());
      long[] more = TensorMemory.longs(places.select(1, 1).contiguous());
      int before = fired.length;
      fired = Arrays.copyOf(fired, before + more.length);
      System.arraycopy(more, 0, fired, before, more.length);
      for (long row : rows) {
        starts[from + (int) row + 1]++;
      }
      for (int row = from; row < to; row++) {
        starts[row + 1] += starts[row];
      }
    }
  }

  @Override
  public void reconstruct(int count) {
    long[] rows;
    try (PointerScope scope = new PointerScope()) {
      long[] shape = new long[dictionary.facts().input().shape().size() + 1];
      shape[0] = count;
      for (int i = 1; i < shape.length; i++) {
        shape[i] = dictionary.facts().input().shape().get(i - 1);
      }
      Tensor x = TensorMemory.tensor(input, ScalarType.Float, count, inputs).reshape(shape);
      Tensor latents = dictionary.encode(x);
      Tensor made = dictionary.decode(latents, x).to(ScalarType.Float).contiguous();
      MemorySegment.copy(TensorMemory.segment(made), 0, output, 0, count * outputBytes());
      Tensor places = latents.ne(new Scalar(0.0)).nonzero(); // in the rows' order
      rows = TensorMemory.longs(places.select(1, 0).contiguous());
      fired = TensorMemory.longs(places.select(1, 1).contiguous());
    }
    starts = new int[count + 1];
    for (long row : rows) {
      starts[(int) row + 1]++;
    }
    for (int row = 0; row < count; row++) {
      starts[row + 1] += starts[row];
    }
  }

  @Override
  public int active(int row, IntConsumer latent) {
    for (int i = starts[row]; i < starts[row + 1]; i++) {
      latent.accept((int) fired[i]);
    }
    return starts[row + 1] - starts[row];
  }

  @Override
  public void close() {
    arena.close();
  }
}
