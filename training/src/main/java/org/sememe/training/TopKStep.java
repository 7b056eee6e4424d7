package org.sememe.training;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.kernels.Adam;
import org.sememe.kernels.DecoderRows;
import org.sememe.kernels.LatentPairs;
import org.sememe.kernels.SparseDecode;
import org.sememe.kernels.SparseGradients;
import org.sememe.kernels.TopKScan;
import org.sememe.kernels.Workers;
import org.sememe.sae.LatentChunks;
import org.sememe.tensors.TensorMemory;

/**
 * One optimiser step of a TopK autoencoder (Gao et al. 2024, section 2) with its gradients derived
 * by hand: the encoder is the only dense product, all else runs at the active latents.
 *
 * <pre>
 * u = x - b_dec,  p = u W_encᵀ + b_enc,  z = the k largest positive of p,  x̂ = z W_dec + b_dec
 * loss = mean over rows |x - x̂|^2 + alpha AuxK
 * </pre>
 *
 * In order: gradients, those of decoder rows made orthogonal to the rows, clipping by the norm of
 * the whole gradient, Adam, decoder rows back to norm 1, counters, threshold. Owns scratch memory;
 * allocates no native memory of lasting size in a step. One thread at a time, which shares the work
 * with its workers.
 */
public final class TopKStep implements AutoCloseable {
  /** As in torch.nn.utils.clip_grad_norm_. */
  private static final double CLIP_FLOOR = 1e-6;

  private final TrainState state;
  private final TrainOptions options;
  private final TrainPlan plan;
  private final int rows;
  private final int width;
  private final int latents;
  private final Workers workers;
  private final LatentChunks chunks;
  private final TopKScan scan;
  private final LatentPairs pairs;
  private final Optional<AuxiliaryLoss> auxiliary;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment centred;
  private final MemorySegment error;
  private final MemorySegment indices;
  private final MemorySegment values;
  private final Gradients gradients;
  private final double[] squaredNorms;
  private final boolean[] touched;

  /**
   * Steps of one run.
   *
   * @param state stays the caller's
   * @param threads that share the work, as many as libtorch has
   */
  public TopKStep(TrainState state, TrainOptions options, TrainPlan plan, int threads) {
    this.state = state;
    this.options = options;
    this.plan = plan;
    this.rows = options.batch();
    this.width = state.width();
    this.latents = state.latents();
    this.workers = new Workers(threads);
    this.chunks = new LatentChunks(rows, latents);
    this.scan = new TopKScan(rows, options.k());
    this.pairs = new LatentPairs(latents);
    this.auxiliary =
        options.auxAlpha() > 0
            ? Optional.of(
                new AuxiliaryLoss(
                    rows, width, latents, plan.auxK(), options.auxAlpha(), workers, chunks))
            : Optional.empty();
    this.centred = arena.allocate(ValueLayout.JAVA_FLOAT, (long) rows * width);
    this.error = arena.allocate(ValueLayout.JAVA_FLOAT, (long) rows * width);
    this.indices = arena.allocate(ValueLayout.JAVA_INT, (long) rows * options.k());
    this.values = arena.allocate(ValueLayout.JAVA_FLOAT, (long) rows * options.k());
    this.gradients = Gradients.allocate(arena, latents, width);
    this.squaredNorms = new double[latents];
    this.touched = new boolean[latents];
  }

  /** The gradients of the last step, before clipping. */
  Gradients gradients() {
    return gradients;
  }

  /** Whether a latent had a gradient in the last step. */
  boolean touched(int latent) {
    return touched[latent];
  }

  /**
   * Does a step.
   *
   * @param batch scaled inputs {@code [batch, d]} float32, native memory; read only
   */
  public StepFigures step(MemorySegment batch) {
    long begin = System.nanoTime();
    try (PointerScope scope = new PointerScope()) {
      Tensor x = TensorMemory.tensor(batch, ScalarType.Float, rows, width);
      Tensor u = TensorMemory.tensor(centred, ScalarType.Float, rows, width);
      Tensor e = TensorMemory.tensor(error, ScalarType.Float, rows, width);
      long product = encode(x, u);
      long encoded = System.nanoTime();
      decode();
      torch.sub_out(e, x, e);
      double squaredError = squares(e) / rows;
      double variance = squares(x.sub(x.mean(0))) / rows;
      long decoded = System.nanoTime();
      pairs.gather(indices, values, rows, options.k());
      int[] dead = countFirings();
      double aux = 0;
      if (auxiliary.isPresent() && dead.length > 0) {
        aux = auxiliary.get().run(dead, u, e, state);
      }
      e.mul_(new Scalar(-2.0 / rows)); // from here on the loss's gradient at the reconstruction
      differentiate(e, dead.length > 0);
      long differentiated = System.nanoTime();
      double norm = Math.sqrt(projectAndMeasure());
      double rate = plan.learningRate() * plan.schedule().factor(state.step());
      update(rate, norm);
      trackThreshold();
      state.step(state.step() + 1);
      return new StepFigures(
          squaredError + options.auxAlpha() * aux,
          squaredError,
          aux,
          squaredError / variance,
          (double) pairs.count() / rows,
          dead.length,
          rate,
          norm,
          new StepFigures.Times(
              product,
              encoded - begin - product,
              decoded - encoded,
              differentiated - decoded,
              System.nanoTime() - differentiated));
    }
  }

  /** The sum of the squares of a contiguous tensor's values. */
  static double squares(Tensor tensor) {
    Tensor flat = tensor.flatten();
    return flat.dot(flat).item_double();
  }

  /** Finds the codes, and gives the time that the dense product took. */
  private long encode(Tensor x, Tensor u) {
    torch.sub_out(u, x, state.tensor(TrainState.B_DEC));
    MemorySegment bias = state.memory(TrainState.B_ENC);
    long product = chunks.scan(workers, scan, u, state.tensor(TrainState.W_ENC), bias);
    workers.split(
        rows,
        (from, to) -> {
          for (int row = from; row < to; row++) {
            scan.finish(row, options.k(), indices, values, latents);
          }
        });
    return product;
  }

  /** Reconstructions, into the memory of the error. */
  private void decode() {
    MemorySegment decoder = state.memory(TrainState.W_DEC);
    MemorySegment bias = state.memory(TrainState.B_DEC);
    int k = options.k();
    workers.split(
        rows,
        (from, to) -> {
          for (int row = from; row < to; row++) {
            long at = (long) row * width * Float.BYTES;
            SparseDecode.row(indices, values, (long) row * k, k, decoder, bias, error, at, width);
          }
        });
  }

  /** Brings the counters forward by this batch and gives the latents that are dead now. */
  private int[] countFirings() {
    MemorySegment since = state.sinceFired();
    int[] dead = new int[latents];
    int count = 0;
    for (int latent = 0; latent < latents; latent++) {
      long now =
          pairs.count(latent) > 0 ? 0 : since.getAtIndex(ValueLayout.JAVA_LONG, latent) + rows;
      since.setAtIndex(ValueLayout.JAVA_LONG, latent, now);
      if (now >= plan.deadTokens()) {
        dead[count++] = latent;
      }
    }
    return Arrays.copyOf(dead, count);
  }

  /** Fills the gradients. Dead latents did not fire in this batch: no row is written twice. */
  private void differentiate(Tensor atReconstruction, boolean someDead) {
    gradients.encoderBias().fill((byte) 0);
    fill(pairs, error);
    for (int latent = 0; latent < latents; latent++) {
      touched[latent] = pairs.count(latent) > 0;
    }
    if (auxiliary.isPresent() && someDead) {
      AuxiliaryLoss aux = auxiliary.get();
      fill(aux.pairs(), aux.gradient());
      for (int latent = 0; latent < latents; latent++) {
        touched[latent] |= aux.pairs().count(latent) > 0;
      }
    }
    Tensor sum = TensorMemory.tensor(gradients.decoderBias(), ScalarType.Float, width);
    torch.sum_out(sum, atReconstruction, 0);
    // b_dec is also subtracted before the encoder.
    SparseGradients.addWeightedRows(
        workers,
        -1,
        gradients.encoderBias(),
        state.memory(TrainState.W_ENC),
        latents,
        width,
        gradients.decoderBias());
  }

  private void fill(LatentPairs active, MemorySegment gradient) {
    SparseGradients.fill(
        workers,
        active,
        centred,
        gradient,
        width,
        state.memory(TrainState.W_DEC),
        gradients.decoder(),
        gradients.encoder(),
        gradients.encoderBias());
  }

  /** Projects the decoder's gradients and gives the squared norm of the whole gradient. */
  private double projectAndMeasure() {
    MemorySegment decoder = state.memory(TrainState.W_DEC);
    workers.split(
        latents,
        (from, to) -> {
          for (int latent = from; latent < to; latent++) {
            squaredNorms[latent] = 0;
            if (touched[latent]) {
              long at = (long) latent * width * Float.BYTES;
              DecoderRows.project(gradients.decoder(), decoder, at, width);
              float bias = gradients.encoderBias().getAtIndex(ValueLayout.JAVA_FLOAT, latent);
              squaredNorms[latent] =
                  DecoderRows.squaredNorm(gradients.decoder(), at, width)
                      + DecoderRows.squaredNorm(gradients.encoder(), at, width)
                      + (double) bias * bias;
            }
          }
        });
    double sum = DecoderRows.squaredNorm(gradients.decoderBias(), 0, width);
    for (double squared : squaredNorms) {
      sum += squared;
    }
    return sum;
  }

  private void update(double rate, double norm) {
    double clip = options.clip() == 0 ? 1 : Math.min(1, options.clip() / (norm + CLIP_FLOOR));
    Adam adam =
        Adam.step(
            state.step() + 1, rate, options.beta1(), options.beta2(), options.epsilon(), clip);
    MemorySegment decoder = state.memory(TrainState.W_DEC);
    workers.split(
        latents,
        (from, to) -> {
          for (int latent = from; latent < to; latent++) {
            long at = (long) latent * width * Float.BYTES;
            updateRow(adam, TrainState.W_ENC, gradients.encoder(), at, touched[latent]);
            updateRow(adam, TrainState.W_DEC, gradients.decoder(), at, touched[latent]);
            DecoderRows.normalise(decoder, at, width);
          }
        });
    whole(adam, TrainState.B_ENC, gradients.encoderBias(), latents);
    whole(adam, TrainState.B_DEC, gradients.decoderBias(), width);
  }

  private void updateRow(
      Adam adam, String weight, MemorySegment gradient, long at, boolean withGradient) {
    MemorySegment weights = state.memory(weight);
    MemorySegment first = state.firstMoment(weight);
    MemorySegment second = state.secondMoment(weight);
    if (withGradient) {
      adam.update(weights, gradient, first, second, at, width);
    } else {
      adam.coast(weights, first, second, at, width);
    }
  }

  private void whole(Adam adam, String weight, MemorySegment gradient, int count) {
    adam.update(
        state.memory(weight),
        gradient,
        state.firstMoment(weight),
        state.secondMoment(weight),
        0,
        count);
  }

  /** A running mean of the smallest kept value: what a JumpReLU could use in the TopK's place. */
  private void trackThreshold() {
    if (state.step() <= plan.thresholdStart()) {
      return;
    }
    double sum = 0;
    int active = 0;
    int k = options.k();
    for (int row = 0; row < rows; row++) {
      float least = 0;
      for (int place = k - 1; place >= 0 && least == 0; place--) {
        least = values.getAtIndex(ValueLayout.JAVA_FLOAT, (long) row * k + place);
      }
      if (least > 0) {
        sum += least;
        active++;
      }
    }
    if (active > 0) {
      double now = sum / active;
      double beta = options.thresholdBeta();
      double before = state.threshold();
      state.threshold(before < 0 ? now : beta * before + (1 - beta) * now);
    }
  }

  @Override
  public void close() {
    workers.close();
    chunks.close();
    auxiliary.ifPresent(AuxiliaryLoss::close);
    arena.close();
  }
}
