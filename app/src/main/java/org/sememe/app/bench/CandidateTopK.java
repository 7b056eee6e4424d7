package org.sememe.app.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.kernels.SparseDecode;
import org.sememe.kernels.TopKScan;
import org.sememe.kernels.Workers;
import org.sememe.sae.TopKSelection;
import org.sememe.tensors.TensorMemory;

/**
 * A selection among a fixed number of candidates a row: those that score best by a cheaper product.
 */
final class CandidateTopK implements TopKSelection {
  private static final int CHUNK = 1024;

  private final Workers workers;
  private final ScoreRule rule;
  private final int latents;
  private final int k;
  private final int most;
  private final TopKScan scan;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment scores;
  private final MemorySegment candidates;
  private final MemorySegment approximate;
  private final MemorySegment exact;

  /** A selection of {@code k} of {@code most} candidates; {@code workers} stay the caller's. */
  CandidateTopK(Workers workers, ScoreRule rule, int mostRows, int latents, int k, int most) {
    this.workers = workers;
    this.rule = rule;
    this.latents = latents;
    this.k = k;
    this.most = most;
    this.scan = new TopKScan(mostRows, most);
    this.scores = arena.allocate((long) mostRows * Math.min(CHUNK, latents) * Float.BYTES, 64);
    long places = (long) mostRows * most;
    this.candidates = arena.allocate(ValueLayout.JAVA_INT, places);
    this.approximate = arena.allocate(ValueLayout.JAVA_FLOAT, places);
    this.exact = arena.allocate(ValueLayout.JAVA_FLOAT, places);
  }

  @Override
  public long select(
      Tensor x, Tensor encoder, MemorySegment bias, MemorySegment indices, MemorySegment values) {
    int rows = (int) x.size(0);
    int width = (int) x.size(1);
    long product = scan(x, encoder, bias);
    MemorySegment inputs = TensorMemory.segment(x);
    MemorySegment weights = TensorMemory.segment(encoder);
    workers.split(
        rows,
        (from, to) -> {
          for (int row = from; row < to; row++) {
            scan.finish(row, most, candidates, approximate, latents);
            SparseDecode.activeSlopes(
                candidates,
                approximate,
                exact,
                (long) row * most,
                most,
                weights,
                1,
                inputs,
                (long) row * width * Float.BYTES,
                width);
            keepBest(row, bias, indices, values);
          }
        });
    return product;
  }

  private long scan(Tensor x, Tensor encoder, MemorySegment bias) {
    int rows = (int) x.size(0);
    workers.split(rows, scan::reset);
    long product = 0;
    try (PointerScope scope = new PointerScope()) {
      long begin = System.nanoTime();
      rule.prepare(x, encoder);
      product += System.nanoTime() - begin;
      for (int first = 0; first < latents; first += CHUNK) {
        int start = first;
        int count = Math.min(CHUNK, latents - first);
        begin = System.nanoTime();
        rule.score(start, count, TensorMemory.tensor(scores, ScalarType.Float, rows, count));
        product += System.nanoTime() - begin;
        workers.split(
            rows,
            (from, to) -> {
              for (int row = from; row < to; row++) {
                scan.scan(row, scores, (long) row * count * Float.BYTES, bias, start, count);
              }
            });
      }
    }
    return product;
  }

  /** The k best of a row's candidates by their exact pre-activations, strongest first. */
  private void keepBest(int row, MemorySegment bias, MemorySegment indices, MemorySegment values) {
    long base = (long) row * k;
    int kept = 0;
    for (long place = (long) row * most; place < (long) (row + 1) * most; place++) {
      int latent = candidates.getAtIndex(ValueLayout.JAVA_INT, place);
      float value =
          exact.getAtIndex(ValueLayout.JAVA_FLOAT, place)
              + bias.getAtIndex(ValueLayout.JAVA_FLOAT, latent);
      boolean scored = approximate.getAtIndex(ValueLayout.JAVA_FLOAT, place) > 0;
      if (!scored
          || !(value > 0)
          || kept == k && value <= values.getAtIndex(ValueLayout.JAVA_FLOAT, base + k - 1)) {
        continue;
      }
      long at = base + (kept < k ? kept++ : k - 1);
      while (at > base && values.getAtIndex(ValueLayout.JAVA_FLOAT, at - 1) < value) {
        values.setAtIndex(
            ValueLayout.JAVA_FLOAT, at, values.getAtIndex(ValueLayout.JAVA_FLOAT, at - 1));
        indices.setAtIndex(
            ValueLayout.JAVA_INT, at, indices.getAtIndex(ValueLayout.JAVA_INT, at - 1));
        at--;
      }
      values.setAtIndex(ValueLayout.JAVA_FLOAT, at, value);
      indices.setAtIndex(ValueLayout.JAVA_INT, at, latent);
    }
    for (; kept < k; kept++) {
      values.setAtIndex(ValueLayout.JAVA_FLOAT, base + kept, 0);
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
