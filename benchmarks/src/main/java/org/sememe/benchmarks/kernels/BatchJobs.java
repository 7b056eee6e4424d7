package org.sememe.benchmarks.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.sememe.kernels.Adam;
import org.sememe.kernels.CodeBlock;
import org.sememe.kernels.DecoderNorm;
import org.sememe.kernels.LatentPairs;
import org.sememe.kernels.LatentUpdate;
import org.sememe.kernels.Moments;
import org.sememe.kernels.PairGradients;
import org.sememe.kernels.RowSums;
import org.sememe.kernels.Workers;

/** Kernels that go over a whole batch or a whole matrix, on the caller's thread alone. */
final class BatchJobs implements Jobs {
  private static final long SEED = 79;

  private final Inputs in;
  private final Workers workers = new Workers(1);
  private final LatentPairs pairs;
  private final LatentUpdate update;
  private final RowSums rowSums;
  private final PairGradients gradients;
  private final List<CodeBlock> blocks;
  private final Adam adam = Adam.step(7, 1e-3, 0.9, 0.999, 1e-8, 0.5);
  private final Moments encoder;
  private final Moments decoder;
  private final MemorySegment pull;
  private final MemorySegment weights;
  private final MemorySegment sum;

  /** Jobs on a batch of {@code rows} rows with random codes. */
  BatchJobs(Inputs in, int rows) {
    this.in = in;
    this.pairs = new LatentPairs(in.latents());
    this.update = new LatentUpdate(in.latents(), in.d(), DecoderNorm.UNIT, workers);
    this.rowSums = new RowSums(in.d(), workers);
    this.blocks = List.of(block(rows));
    MemorySegment x = in.noise((long) rows * in.d());
    this.encoder = moments();
    this.decoder = moments();
    float[] norms = new float[rows];
    Arrays.fill(norms, 1);
    MemorySegment g = in.noise((long) rows * in.d());
    this.gradients = new PairGradients(pairs, x, g, norms, norms);
    this.pull = in.floats(in.latents());
    this.weights = in.noise(in.latents());
    this.sum = in.floats(in.d());
    pairs.gather(blocks);
  }

  private CodeBlock block(int rows) {
    SplittableRandom random = new SplittableRandom(SEED);
    int count = rows * in.k();
    MemorySegment indices = in.ints(count);
    MemorySegment values = in.floats(count);
    for (int place = 0; place < count; place++) {
      indices.setAtIndex(ValueLayout.JAVA_INT, place, random.nextInt(in.latents()));
      values.setAtIndex(ValueLayout.JAVA_FLOAT, place, (float) random.nextDouble(0.5, 1.5));
    }
    return CodeBlock.plain(
        indices, values, in.noise(count), rows, CodeBlock.even(rows, in.k()), 0, 0, 1f / rows);
  }

  private Moments moments() {
    long count = (long) in.latents() * in.d();
    MemorySegment copy = in.floats(count);
    copy.copyFrom(in.matrix());
    return new Moments(copy, in.floats(count), in.floats(count));
  }

  double gather() {
    pairs.gather(blocks);
    return pairs.count();
  }

  double bound() {
    return gradients.bound(pull);
  }

  double squaredNorm() {
    return update.squaredNorm(gradients, pull, decoder.weights());
  }

  double update() {
    return update.run(gradients, pull, adam, encoder, decoder);
  }

  double rowSums() {
    rowSums.addWeighted(1e-3f, weights, in.matrix(), in.latents(), sum);
    return sum.getAtIndex(ValueLayout.JAVA_FLOAT, 0);
  }

  @Override
  public double all() {
    return gather() + bound() + squaredNorm() + update() + rowSums();
  }

  @Override
  public void close() {
    update.close();
    rowSums.close();
    pairs.close();
    workers.close();
  }
}
