package org.sememe.models.decoder;

import static org.bytedeco.pytorch.global.torch.eye;
import static org.bytedeco.pytorch.global.torch.ones;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.OptionalInt;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.models.TokenBatch;
import org.sememe.models.blocks.AttentionMask;
import org.sememe.tensors.TensorMemory;

/**
 * Masks of causal attention. In the common case, whole sequences with padding on the right only, it
 * is the plain causal rule, which the attention kernels apply by themselves: a real token sees
 * nothing after it, hence no padding.
 */
final class CausalMasks {
  private CausalMasks() {}

  /** The mask of a run over {@code batch} after what {@code cache} holds, in the current scope. */
  static AttentionMask of(TokenBatch batch, Optional<DecoderCache> cache, OptionalInt window) {
    if (batch.branches()) {
      return branching(batch, cache, window);
    }
    int before = cache.map(DecoderCache::length).orElse(0);
    boolean matters = before > 0 ? cache.orElseThrow().padded() : paddingBeforeARealToken(batch);
    Optional<Tensor> real = matters ? Optional.of(real(batch, cache, before)) : Optional.empty();
    return of(batch.length(), before, real, window);
  }

  /** Of alternatives to a sequence's tokens: each sees what stands before it, and itself. */
  private static AttentionMask branching(
      TokenBatch batch, Optional<DecoderCache> cache, OptionalInt window) {
    if (cache.isPresent()) {
      throw new IllegalArgumentException("a batch with alternatives is run without a cache");
    }
    int length = batch.length();
    int seen = window.orElse(length);
    byte[] allowed = new byte[Math.multiplyExact(length, length)];
    for (int query = 0; query < length; query++) {
      int position = batch.position(0, query);
      for (int key = Math.max(0, position - seen + 1); key < position; key++) {
        allowed[query * length + key] = 1;
      }
      allowed[query * length + query] = 1;
    }
    Tensor mask =
        TensorMemory.copy(MemorySegment.ofArray(allowed), ScalarType.Bool, 1, 1, length, length);
    return new AttentionMask(Optional.of(mask), false);
  }

  private static boolean paddingBeforeARealToken(TokenBatch batch) {
    for (int row = 0; row < batch.sequences(); row++) {
      for (int column = 1; column < batch.length(); column++) {
        if (batch.real(row, column) && !batch.real(row, column - 1)) {
          return true;
        }
      }
    }
    return false;
  }

  private static Tensor real(TokenBatch batch, Optional<DecoderCache> cache, int before) {
    int keys = before + batch.length();
    byte[] real = new byte[Math.multiplyExact(batch.sequences(), keys)];
    for (int row = 0; row < batch.sequences(); row++) {
      for (int key = 0; key < keys; key++) {
        boolean is =
            key < before ? cache.orElseThrow().real(row, key) : batch.real(row, key - before);
        real[row * keys + key] = (byte) (is ? 1 : 0);
      }
    }
    return TensorMemory.copy(MemorySegment.ofArray(real), ScalarType.Bool, batch.sequences(), keys);
  }

  /**
   * The mask over some keys.
   *
   * @param queries number of new positions
   * @param before number of cached positions before them
   * @param real bool {@code [sequences, before + queries]}: which keys are real; empty if no
   *     padding stands before a real token
   * @param window how many positions a token sees, itself included
   */
  private static AttentionMask of(
      int queries, int before, Optional<Tensor> real, OptionalInt window) {
    int keys = before + queries;
    boolean everything = real.isEmpty() && window.orElse(keys) >= keys;
    if (everything && (before == 0 || queries == 1)) {
      return new AttentionMask(Optional.empty(), before == 0 && queries > 1);
    }
    TensorOptions bool = new TensorOptions(ScalarType.Bool);
    Tensor allowed = ones(new long[] {queries, keys}, bool).tril(before);
    if (window.isPresent()) {
      allowed = allowed.triu(before - window.getAsInt() + 1L);
    }
    allowed = allowed.view(1, 1, queries, keys);
    if (real.isPresent()) {
      // Padding sees itself: a softmax over nothing would be NaN.
      Tensor itself = eye(queries, bool);
      Tensor padded = ones(new long[] {queries, keys}, bool).zero_();
      padded.narrow(1, before, queries).copy_(itself);
      allowed =
          allowed
              .logical_and(real.get().view(-1, 1, 1, keys))
              .logical_or(padded.view(1, 1, queries, keys));
    }
    return new AttentionMask(Optional.of(allowed), false);
  }
}
