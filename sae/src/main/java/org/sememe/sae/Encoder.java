package org.sememe.sae;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.kernels.AbsTopKScan;
import org.sememe.kernels.GroupMaxScan;
import org.sememe.kernels.LatentScan;
import org.sememe.kernels.ThresholdScan;
import org.sememe.kernels.TopKScan;
import org.sememe.kernels.Workers;
import org.sememe.sae.fold.RowNormalisation;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;

/**
 * Encodes rows with a dictionary, up to a fixed number at once, over scratch memory and threads of
 * its own (as many as libtorch has when it is made). One thread at a time; close it before the
 * dictionary.
 */
public final class Encoder implements AutoCloseable {
  private final Sae sae;
  private final int mostRows;
  private final Workers workers;
  private final LatentChunks chunks;
  private final Tensor centred;
  private final Arena fixed = Arena.ofShared();
  private final LatentScan scan;
  private final Optional<RowCodes> own;
  private final MemorySegment frames;
  private Arena codes = Arena.ofShared();
  private int room;
  private MemorySegment indices = MemorySegment.NULL;
  private MemorySegment values = MemorySegment.NULL;

  /** Encodes up to {@code mostRows} rows at once. */
  public Encoder(Sae sae, int mostRows) {
    this.sae = sae;
    this.mostRows = mostRows;
    this.workers = new Workers(Torch.threads());
    this.chunks = new LatentChunks(mostRows, sae.config().latents());
    this.centred = TensorMemory.empty(ScalarType.Float, mostRows, sae.config().width());
    centred.retainReference();
    this.scan = scan(sae, mostRows);
    this.own =
        switch (sae.config().sparsity()) {
          case Sparsity.MatchingPursuit _, Sparsity.Omp _ ->
              Optional.of(new Pursuit(sae, workers, chunks, scan, mostRows));
          case Sparsity.Own rule -> Optional.of(new OwnCodes(sae, rule));
          default -> Optional.empty();
        };
    this.frames =
        sae.config().rows() == RowNormalisation.NONE
            ? MemorySegment.NULL
            : fixed.allocate(ValueLayout.JAVA_FLOAT, 2L * mostRows);
  }

  private LatentScan scan(Sae sae, int rows) {
    SaeConfig config = sae.config();
    return switch (config.sparsity()) {
      case Sparsity.TopK(int k) -> new TopKScan(rows, k);
      case Sparsity.Relu() ->
          new ThresholdScan(rows, fixed.allocate(ValueLayout.JAVA_FLOAT, config.latents()));
      case Sparsity.JumpRelu() ->
          new ThresholdScan(rows, TensorMemory.segment(sae.thresholds().orElseThrow()));
      case Sparsity.AbsTopK(int k) -> new AbsTopKScan(rows, k);
      case Sparsity.GroupMax(int k) -> new GroupMaxScan(rows, k, config.latents());
      case Sparsity.MatchingPursuit _ -> new TopKScan(rows, 1);
      case Sparsity.Omp _, Sparsity.Own _ -> new AbsTopKScan(rows, 1);
    };
  }

  /** The most rows that {@link #encode} takes. */
  public int mostRows() {
    return mostRows;
  }

  /**
   * The codes of {@code rows} rows {@code [rows, d]} float32, native memory. Never makes the {@code
   * [rows, latents]} matrix. The codes are views of this encoder's memory, valid until its next
   * call. For sparsities without a fixed k, k is the largest number active in a row, at least 1.
   *
   * @throws IllegalArgumentException if there are more rows than it has room for
   */
  public SparseCodes encode(MemorySegment x, int rows) {
    if (rows < 0 || rows > mostRows) {
      throw new IllegalArgumentException(rows + " rows, where 0 to " + mostRows + " fit");
    }
    if (rows == 0) {
      return new SparseCodes(0, 1, MemorySegment.NULL, MemorySegment.NULL);
    }
    SaeConfig config = sae.config();
    try (PointerScope scope = new PointerScope()) {
      Tensor input = TensorMemory.tensor(x, ScalarType.Float, rows, config.width());
      if (config.rows() != RowNormalisation.NONE) {
        normalise(x, rows);
        input = centred.narrow(0, 0, rows);
      }
      if (config.subtractDecoderBias()) {
        Tensor out = centred.narrow(0, 0, rows);
        input = torch.sub_out(out, input, sae.decoderBias());
      }
      if (own.isPresent()) {
        return find(own.get(), input, rows);
      }
      MemorySegment bias = TensorMemory.segment(sae.encoderBias());
      chunks.scan(workers, scan, input, sae.encoder(), bias);
    }
    int k = places(rows);
    makeRoom(rows * k);
    workers.split(
        rows,
        (from, to) -> {
          for (int row = from; row < to; row++) {
            scan.finish(row, k, indices, values, config.latents());
          }
        });
    return new SparseCodes(rows, k, indices, values, frames);
  }

  private SparseCodes find(RowCodes finding, Tensor input, int rows) {
    int k = finding.run(input, rows);
    makeRoom(rows * k);
    for (int row = 0; row < rows; row++) {
      finding.write(row, k, indices, values);
    }
    return new SparseCodes(rows, k, indices, values, frames);
  }

  private void normalise(MemorySegment x, int rows) {
    int d = sae.config().width();
    MemorySegment to = TensorMemory.segment(centred);
    workers.split(
        rows,
        (from, end) -> {
          float[] values = new float[d];
          for (int row = from; row < end; row++) {
            long at = (long) row * d;
            MemorySegment.copy(x, ValueLayout.JAVA_FLOAT, at * Float.BYTES, values, 0, d);
            RowNormalisation.Frame frame = sae.config().rows().frame(values);
            for (int i = 0; i < d; i++) {
              double value = (values[i] - frame.offset()) * frame.inward();
              to.setAtIndex(ValueLayout.JAVA_FLOAT, at + i, (float) value);
            }
            frames.setAtIndex(ValueLayout.JAVA_FLOAT, 2L * row, (float) frame.outward());
            frames.setAtIndex(ValueLayout.JAVA_FLOAT, 2L * row + 1, (float) frame.offset());
          }
        });
  }

  private int places(int rows) {
    if (sae.config().sparsity() instanceof Sparsity.TopK(int k)) {
      return k;
    }
    int most = 1;
    for (int row = 0; row < rows; row++) {
      most = Math.max(most, scan.active(row));
    }
    return most;
  }

  private void makeRoom(int places) {
    if (places > room) {
      codes.close();
      codes = Arena.ofShared();
      room = places;
      indices = codes.allocate(ValueLayout.JAVA_INT, places);
      values = codes.allocate(ValueLayout.JAVA_FLOAT, places);
    }
  }

  /** Reconstructions of codes into {@code target [rows, d]} float32. */
  public void decode(SparseCodes codes, MemorySegment target) {
    sae.decode(workers, codes, target);
  }

  @Override
  public void close() {
    own.ifPresent(RowCodes::close);
    workers.close();
    chunks.close();
    centred.close();
    codes.close();
    fixed.close();
  }
}
