package org.sememe.training;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.kernels.Adam;
import org.sememe.kernels.CodeBlock;
import org.sememe.kernels.DecoderRows;
import org.sememe.kernels.LatentPairs;
import org.sememe.kernels.LatentUpdate;
import org.sememe.kernels.Residuals;
import org.sememe.kernels.RowSums;
import org.sememe.kernels.SparseDecode;
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
 * the whole gradient, Adam, decoder rows back to norm 1, counters, threshold. The gradients' rows
 * exist one at a time ({@link LatentUpdate}): beside the weights and their moments a step needs
 * memory for its rows only. The norm that clips must be known before the update; where a bound that
 * costs nothing is within the limit, as it nearly always is, it is not measured first.
 *
 * <p>Owns scratch memory; allocates no native memory of lasting size in a step. One thread at a
 * time, which shares the work with its workers.
 */
public final class TopKStep implements AutoCloseable {
  /** As in torch.nn.utils.clip_grad_norm_. */
  private static final double CLIP_FLOOR = 1e-6;

  /** Room for the rounding of the sums that make the bound. */
  private static final double BOUND_SLACK = 1.001;

  private static final long ALIGNMENT = 64;

  private final TrainState state;
  private final TrainOptions options;
  private final TrainPlan plan;
  private final int rows;
  private final int width;
  private final int latents;
  private final Workers workers;
  private final LatentChunks chunks;
  private final Selector selector;
  private final LatentPairs pairs;
  private final LatentUpdate update;
  private final Optional<AuxiliaryLoss> auxiliary;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment centred;

  /** {@code [rows, d]}, and where dead latents learn from it as much again for what they leave. */
  private final MemorySegment errors;

  private final MemorySegment indices;
  private final MemorySegment values;
  private final MemorySegment slopes;
  private final MemorySegment encoderBiasGradient;
  private final MemorySegment decoderBiasGradient;
  private final float[] inputNorms;
  private final float[] errorNorms;
  private final boolean[] fired;

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
    this.selector = new Selector(state, options, plan, workers, chunks);
    this.pairs = new LatentPairs(latents);
    this.auxiliary =
        options.auxAlpha() > 0
            ? Optional.of(new AuxiliaryLoss(options, plan, latents, workers, chunks))
            : Optional.empty();
    int errorRows = auxiliary.isPresent() ? 2 * rows : rows;
    this.update = new LatentUpdate(latents, width, workers);
    this.centred = floats((long) rows * width);
    this.errors = floats((long) errorRows * width);
    this.indices = arena.allocate(ValueLayout.JAVA_INT, (long) rows * options.k());
    this.values = floats((long) rows * options.k());
    this.slopes = floats((long) rows * options.k());
    this.encoderBiasGradient = floats(latents);
    this.decoderBiasGradient = floats(width);
    this.inputNorms = new float[rows];
    this.errorNorms = new float[errorRows];
    this.fired = new boolean[latents];
  }

  /** Memory for numbers, aligned as the widest vectors like it. */
  private MemorySegment floats(long count) {
    return arena.allocate(count * Float.BYTES, ALIGNMENT);
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
      torch.sub_out(u, x, state.tensor(TrainState.B_DEC));
      Selector.Selected selected = selector.select(u, indices, values);
      long encoded = System.nanoTime();
      decode(batch);
      double squaredError = meanSquare(errorNorms);
      double variance = meanSquare(inputNorms) - squares(u.mean(0));
      long decoded = System.nanoTime();
      int[] dead = countFirings();
      List<CodeBlock> codes = new ArrayList<>();
      codes.add(new CodeBlock(indices, values, slopes, rows, options.k(), 0, 0, -2f / rows));
      double aux = 0;
      if (auxiliary.isPresent() && dead.length > 0) {
        AuxiliaryLoss.Result result = auxiliary.get().run(dead, u, errors, state, errorNorms);
        aux = result.loss();
        result.codes().ifPresent(codes::add);
      }
      pairs.gather(codes);
      differentiateBiases();
      long differentiated = System.nanoTime();
      double rate = plan.learningRate() * plan.schedule().factor(state.step());
      double norm = update(rate);
      trackThreshold();
      state.step(state.step() + 1);
      return new StepFigures(
          squaredError + options.auxAlpha() * aux,
          squaredError,
          aux,
          squaredError / variance,
          (double) activeCodes() / rows,
          dead.length,
          rate,
          norm,
          selected.screen(),
          new StepFigures.Times(
              selected.product(),
              encoded - begin - selected.product(),
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

  /** The mean over the batch's rows of their squared norms. */
  private double meanSquare(float[] norms) {
    double sum = 0;
    for (int row = 0; row < rows; row++) {
      sum += (double) norms[row] * norms[row];
    }
    return sum / rows;
  }

  /** What the reconstructions leave, and how that changes with each code. */
  private void decode(MemorySegment batch) {
    MemorySegment decoder = state.memory(TrainState.W_DEC);
    MemorySegment bias = state.memory(TrainState.B_DEC);
    int k = options.k();
    workers.split(
        rows,
        (from, to) -> {
          for (int row = from; row < to; row++) {
            long at = (long) row * width * Float.BYTES;
            long code = (long) row * k;
            SparseDecode.row(indices, values, code, k, decoder, bias, errors, at, width);
            errorNorms[row] = (float) Math.sqrt(Residuals.row(batch, at, errors, at, width));
            inputNorms[row] = (float) Math.sqrt(DecoderRows.squaredNorm(centred, at, width));
            SparseDecode.slopes(indices, values, slopes, code, k, decoder, errors, at, width);
          }
        });
  }

  /** Brings the counters forward by this batch and gives the latents that are dead now. */
  private int[] countFirings() {
    Arrays.fill(fired, false);
    for (long place = 0; place < (long) rows * options.k(); place++) {
      if (values.getAtIndex(ValueLayout.JAVA_FLOAT, place) > 0) {
        fired[indices.getAtIndex(ValueLayout.JAVA_INT, place)] = true;
      }
    }
    MemorySegment since = state.sinceFired();
    int[] dead = new int[latents];
    int count = 0;
    for (int latent = 0; latent < latents; latent++) {
      long now = fired[latent] ? 0 : since.getAtIndex(ValueLayout.JAVA_LONG, latent) + rows;
      since.setAtIndex(ValueLayout.JAVA_LONG, latent, now);
      if (now >= plan.deadTokens()) {
        dead[count++] = latent;
      }
    }
    return Arrays.copyOf(dead, count);
  }

  private long activeCodes() {
    long active = 0;
    for (long place = 0; place < (long) rows * options.k(); place++) {
      active += values.getAtIndex(ValueLayout.JAVA_FLOAT, place) > 0 ? 1 : 0;
    }
    return active;
  }

  private void differentiateBiases() {
    for (int latent = 0; latent < latents; latent++) {
      encoderBiasGradient.setAtIndex(ValueLayout.JAVA_FLOAT, latent, pairs.biasGradient(latent));
    }
    Tensor sum = TensorMemory.tensor(decoderBiasGradient, ScalarType.Float, width);
    torch.sum_out(sum, TensorMemory.tensor(errors, ScalarType.Float, rows, width), 0);
    sum.mul_(new Scalar(-2.0 / rows));
    // b_dec is also subtracted before the encoder.
    RowSums.addWeightedRows(
        workers,
        -1,
        encoderBiasGradient,
        state.memory(TrainState.W_ENC),
        latents,
        width,
        decoderBiasGradient);
  }

  /** Updates all weights and gives the norm of the whole gradient, before clipping. */
  private double update(double rate) {
    LatentUpdate.Inputs inputs = new LatentUpdate.Inputs(pairs, centred, errors);
    double biases =
        DecoderRows.squaredNorm(encoderBiasGradient, 0, latents)
            + DecoderRows.squaredNorm(decoderBiasGradient, 0, width);
    double clip = 1;
    if (options.clip() > 0) {
      double bound = Math.sqrt(biases + LatentUpdate.bound(pairs, inputNorms, errorNorms));
      if (bound * BOUND_SLACK + CLIP_FLOOR > options.clip()) {
        double norm =
            Math.sqrt(biases + update.squaredNorm(inputs, state.memory(TrainState.W_DEC)));
        clip = Math.min(1, options.clip() / (norm + CLIP_FLOOR));
      }
    }
    Adam adam =
        Adam.step(
            state.step() + 1, rate, options.beta1(), options.beta2(), options.epsilon(), clip);
    double matrices =
        update.run(inputs, adam, state.moments(TrainState.W_ENC), state.moments(TrainState.W_DEC));
    adam.update(state.moments(TrainState.B_ENC), encoderBiasGradient, latents);
    adam.update(state.moments(TrainState.B_DEC), decoderBiasGradient, width);
    return Math.sqrt(biases + matrices);
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
    selector.close();
    pairs.close();
    update.close();
    chunks.close();
    auxiliary.ifPresent(AuxiliaryLoss::close);
    arena.close();
  }
}
