package org.sememe.training;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.kernels.Adam;
import org.sememe.kernels.DecoderRows;
import org.sememe.kernels.LatentGradients;
import org.sememe.kernels.LatentUpdate;
import org.sememe.kernels.RowSums;
import org.sememe.kernels.Workers;
import org.sememe.tensors.TensorMemory;
import org.sememe.training.ranks.Mesh;
import org.sememe.training.ranks.Part;

/**
 * One optimiser step of a sparse autoencoder ({@link Architecture}), with its gradients derived by
 * hand ({@link SelectedLoss}, {@link ThresholdLoss}).
 *
 * <p>In order: gradients, those of decoder rows made orthogonal to the rows where these keep norm
 * 1, clipping by the norm of the whole gradient, Adam, decoder rows back to norm 1, counters. Where
 * few latents are active the gradients' rows exist one at a time ({@link LatentUpdate}): beside the
 * weights and their moments a step needs memory for its rows only. The norm that clips must be
 * known before the update; where a bound that costs nothing is within the limit, as it nearly
 * always is, it is not measured first.
 *
 * <p>Owns scratch memory; allocates no native memory of lasting size in a step. One thread at a
 * time, which shares the work with its workers.
 */
public final class TrainStep implements Step {
  /** As in torch.nn.utils.clip_grad_norm_. */
  private static final double CLIP_FLOOR = 1e-6;

  /** Room for the rounding of the sums that make the bound. */
  private static final double BOUND_SLACK = 1.001;

  /** Bytes, as the widest vectors like it. */
  static final long ALIGNMENT = 64;

  private final TrainState state;
  private final TrainOptions options;
  private final TrainPlan plan;
  private final int rows;
  private final int width;
  private final int latents;
  private final Mesh mesh;
  private final Workers workers;
  private final Firings firings;
  private final BatchLoss loss;
  private final LatentUpdate update;
  private final RowSums biasSums;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment centred;
  private final MemorySegment decoderBiasGradient;
  private final float[] inputNorms;

  /**
   * Steps of one run on one rank.
   *
   * @param state stays the caller's
   * @param threads that share the work, as many as libtorch has
   */
  public TrainStep(TrainState state, TrainOptions options, TrainPlan plan, int threads) {
    this(state, options, plan, Mesh.single(), threads);
  }

  /**
   * Steps of one run over ranks, each of which calls them with the same batches.
   *
   * @param state what this rank has of the dictionary; stays the caller's
   * @param mesh of the ranks; stays the caller's
   * @param threads that share the work of this one, as many as libtorch has
   */
  public TrainStep(TrainState state, TrainOptions options, TrainPlan plan, Mesh mesh, int threads) {
    this.state = state;
    this.mesh = mesh;
    this.options = options;
    this.plan = plan;
    this.rows = options.batch();
    this.width = state.width();
    this.latents = state.latents();
    this.workers = new Workers(threads);
    this.firings = new Firings(state, plan.deadTokens(), workers.threads());
    this.loss =
        options.architecture().selects()
            ? new SelectedLoss(state, options, plan, mesh, firings, workers)
            : new ThresholdLoss(state, options, plan, firings, workers);
    Part own = state.updated();
    this.update = new LatentUpdate(own.from(), own.count(), width, options.decoderNorm(), workers);
    this.biasSums = new RowSums(width, workers);
    boolean centring = options.centring() == Centring.DECODER_BIAS;
    this.centred = floats(centring ? (long) rows * width : 0);
    this.decoderBiasGradient = floats(width);
    this.inputNorms = new float[rows];
  }

  /** Memory for numbers, aligned as the widest vectors like it. */
  private MemorySegment floats(long count) {
    return arena.allocate(count * Float.BYTES, ALIGNMENT);
  }

  @Override
  public StepFigures step(MemorySegment batch) {
    long begin = System.nanoTime();
    try (PointerScope scope = new PointerScope()) {
      Tensor x = TensorMemory.tensor(batch, ScalarType.Float, rows, width);
      Tensor u = x;
      if (options.centring() == Centring.DECODER_BIAS) {
        u = TensorMemory.tensor(centred, ScalarType.Float, rows, width);
        torch.sub_out(u, x, state.tensor(TrainState.B_DEC));
      }
      double variance = meanSquare(TensorMemory.segment(u)) - squares(u.mean(0));
      BatchLoss.Outcome outcome = loss.run(batch, u, inputNorms);
      BatchLoss.Figures figures = outcome.figures();
      differentiateDecoderBias(outcome);
      long differentiated = System.nanoTime();
      double rate = plan.rate(state.step());
      double norm = update(outcome, rate);
      state.step(state.step() + 1);
      return new StepFigures(
          figures.loss(),
          figures.squaredError(),
          figures.auxLoss(),
          figures.penalty(),
          figures.squaredError() / variance,
          (double) figures.active() / rows,
          figures.dead(),
          rate,
          norm,
          figures.screen(),
          new StepFigures.Times(
              figures.product(),
              figures.select(),
              figures.decode(),
              differentiated - begin - figures.product() - figures.select() - figures.decode(),
              System.nanoTime() - differentiated));
    }
  }

  @Override
  public DensityHistogram densities() {
    return firings.densities(mesh.latents(), options.latents());
  }

  /** The sum of the squares of a contiguous tensor's values. */
  static double squares(Tensor tensor) {
    Tensor flat = tensor.flatten();
    return flat.dot(flat).item_double();
  }

  /** The mean over the encoder's inputs of their squared norms, which it keeps. */
  private double meanSquare(MemorySegment inputs) {
    workers.split(
        rows,
        (from, to) -> {
          for (int row = from; row < to; row++) {
            long at = (long) row * width * Float.BYTES;
            inputNorms[row] = (float) Math.sqrt(DecoderRows.squaredNorm(inputs, at, width));
          }
        });
    double sum = 0;
    for (float norm : inputNorms) {
      sum += (double) norm * norm;
    }
    return sum / rows;
  }

  private void differentiateDecoderBias(BatchLoss.Outcome outcome) {
    Tensor sum = TensorMemory.tensor(decoderBiasGradient, ScalarType.Float, width);
    if (mesh.latents().rank() == 0) {
      torch.sum_out(sum, TensorMemory.tensor(outcome.errors(), ScalarType.Float, rows, width), 0);
      sum.mul_(new Scalar(-2.0 / rows));
    } else {
      decoderBiasGradient.fill((byte) 0);
    }
    if (options.centring() == Centring.DECODER_BIAS) { // it is also taken from the inputs
      biasSums.addWeighted(
          -1,
          outcome.slopeSums(),
          state.memory(TrainState.W_ENC),
          state.latents(),
          decoderBiasGradient);
    }
    mesh.latents().sum(decoderBiasGradient);
  }

  /** Updates all weights and gives the norm of the whole gradient, before clipping. */
  private double update(BatchLoss.Outcome outcome, double rate) {
    LatentGradients gradients = outcome.gradients();
    MemorySegment decoder = state.updated(TrainState.W_DEC);
    double own = 0;
    for (MemorySegment vector : outcome.vectors().values()) {
      own += DecoderRows.squaredNorm(vector, 0, latents);
    }
    double vectors =
        DecoderRows.squaredNorm(decoderBiasGradient, 0, width) + mesh.latents().sum(own);
    double clip = 1;
    if (options.clip() > 0) {
      double bound = Math.sqrt(vectors + mesh.latents().sum(gradients.bound(outcome.pull())));
      if (bound * BOUND_SLACK + CLIP_FLOOR > options.clip()) {
        double matrices = whole(update.squaredNorm(gradients, outcome.pull(), decoder));
        double norm = Math.sqrt(vectors + matrices);
        clip = Math.min(1, options.clip() / (norm + CLIP_FLOOR));
      }
    }
    Adam adam =
        Adam.step(
            state.step() + 1, rate, options.beta1(), options.beta2(), options.epsilon(), clip);
    double matrices =
        update.run(
            gradients,
            outcome.pull(),
            adam,
            state.moments(TrainState.W_ENC),
            state.moments(TrainState.W_DEC));
    Part mine = state.updated();
    outcome
        .vectors()
        .forEach((name, g) -> adam.update(state.moments(name), mine.of(g, latents), mine.count()));
    adam.update(state.moments(TrainState.B_DEC), decoderBiasGradient, width);
    if (mesh.updates().size() > 1) {
      shareUpdated(outcome.vectors().keySet());
    }
    return Math.sqrt(vectors + whole(matrices));
  }

  /** A sum over the latents of which this rank has its own part. */
  private double whole(double mine) {
    return mesh.updates().sum(mesh.latents().sum(mine));
  }

  /** Gives the others the weights that this rank has updated, and takes theirs. */
  private void shareUpdated(Set<String> vectors) {
    Set<String> names = new LinkedHashSet<>(List.of(TrainState.W_ENC, TrainState.W_DEC));
    names.addAll(vectors);
    names.forEach(name -> mesh.updates().share(state.memory(name), latents));
  }

  @Override
  public void close() {
    loss.close();
    update.close();
    biasSums.close();
    workers.close();
    arena.close();
  }
}
