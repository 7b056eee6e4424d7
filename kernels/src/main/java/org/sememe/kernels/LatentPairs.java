package org.sememe.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;

/**
 * The active (row, latent) pairs of a batch, gathered by latent: a counting sort of its codes. A
 * latent's pairs come in the order of the blocks and of the rows in them. Native memory is kept
 * from batch to batch. Filled by one thread, then read by any number.
 *
 * <p>A pair has the input's row, the gradient's row, and their weights in the gradients of the
 * latent's rows: {@code dW_dec = sum of scale z g}, {@code dW_enc = sum of slope x}.
 */
public final class LatentPairs implements AutoCloseable {
  private final int latents;
  private final int[] offsets;
  private final int[] next;
  private final float[] slopeSums;
  private Arena arena = Arena.ofShared();
  private int room;
  private MemorySegment inputRows = MemorySegment.NULL;
  private MemorySegment gradientRows = MemorySegment.NULL;
  private MemorySegment decoderWeights = MemorySegment.NULL;
  private MemorySegment encoderWeights = MemorySegment.NULL;

  /** Pairs of a dictionary of {@code latents} latents. */
  public LatentPairs(int latents) {
    this.latents = latents;
    this.offsets = new int[latents + 1];
    this.next = new int[latents];
    this.slopeSums = new float[latents];
  }

  /** Gathers the pairs of some blocks in the place of those before. */
  public void gather(List<CodeBlock> blocks) {
    Arrays.fill(offsets, 0);
    blocks.forEach(this::count);
    for (int latent = 0; latent < latents; latent++) {
      offsets[latent + 1] += offsets[latent];
    }
    makeRoom(offsets[latents]);
    System.arraycopy(offsets, 0, next, 0, latents);
    Arrays.fill(slopeSums, 0);
    blocks.forEach(this::place);
  }

  private void count(CodeBlock block) {
    int places = block.offsets()[block.rows()];
    long indices = Address.of(block.indices(), 0, places);
    long values = Address.of(block.values(), 0, places);
    long slopes = Address.of(block.slopes(), 0, places);
    for (int place = 0; place < places; place++) {
      long o = (long) place * Float.BYTES;
      if (counts(Lanes.get(values + o), Lanes.get(slopes + o))) {
        offsets[Lanes.integer(indices + o) + 1]++;
      }
    }
  }

  private static boolean counts(float value, float slope) {
    return value != 0 || slope != 0;
  }

  private void makeRoom(int pairs) {
    if (pairs > room) {
      arena.close();
      arena = Arena.ofShared();
      room = pairs;
      inputRows = arena.allocate(ValueLayout.JAVA_INT, pairs);
      gradientRows = arena.allocate(ValueLayout.JAVA_INT, pairs);
      decoderWeights = arena.allocate(ValueLayout.JAVA_FLOAT, pairs);
      encoderWeights = arena.allocate(ValueLayout.JAVA_FLOAT, pairs);
    }
  }

  private void place(CodeBlock block) {
    for (int row = 0; row < block.rows(); row++) {
      int from = block.offsets()[row];
      for (int stage = 0; stage < block.stages(); stage++) {
        int to = block.end(row, stage);
        place(block, row, from, to, block.gradientRow() + stage * block.rows() + row);
        from = to;
      }
    }
  }

  private void place(CodeBlock block, int row, long from, long to, int gradientRow) {
    long indices = Address.of(block.indices(), from * Integer.BYTES, to - from);
    long values = Address.of(block.values(), from * Float.BYTES, to - from);
    long slopes = Address.of(block.slopes(), from * Float.BYTES, to - from);
    long inputs = Address.of(inputRows, 0, room);
    long gradients = Address.of(gradientRows, 0, room);
    long decoder = Address.of(decoderWeights, 0, room);
    long encoder = Address.of(encoderWeights, 0, room);
    for (long o = 0; o < (to - from) * Float.BYTES; o += Float.BYTES) {
      float value = Lanes.get(values + o);
      float slope = Lanes.get(slopes + o);
      if (counts(value, slope)) {
        int latent = Lanes.integer(indices + o);
        long at = (long) next[latent]++ * Float.BYTES;
        Lanes.setInteger(inputs + at, block.inputRow() + row);
        Lanes.setInteger(gradients + at, gradientRow);
        Lanes.set(decoder + at, block.scale() * value);
        Lanes.set(encoder + at, slope);
        slopeSums[latent] += slope;
      }
    }
  }

  /** The number of latents. */
  public int latents() {
    return latents;
  }

  /** All pairs. */
  public int count() {
    return offsets[latents];
  }

  /** The rows on which a latent is active. */
  public int count(int latent) {
    return offsets[latent + 1] - offsets[latent];
  }

  /** The sum of a latent's slopes: the gradient of a bias of its pre-activation. */
  public float slopeSum(int latent) {
    return slopeSums[latent];
  }

  /** Where a latent's pairs begin; those of the next begin where they end. */
  int offset(int latent) {
    return offsets[latent];
  }

  MemorySegment inputRows() {
    return inputRows;
  }

  MemorySegment gradientRows() {
    return gradientRows;
  }

  /** {@code scale * z} of each pair. */
  MemorySegment decoderWeights() {
    return decoderWeights;
  }

  /** The slope of each pair. */
  MemorySegment encoderWeights() {
    return encoderWeights;
  }

  @Override
  public void close() {
    arena.close();
  }
}
