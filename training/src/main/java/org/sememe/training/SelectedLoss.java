package org.sememe.training;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.sememe.kernels.CodeBlock;
import org.sememe.kernels.LatentPairs;
import org.sememe.kernels.PairGradients;
import org.sememe.kernels.Workers;
import org.sememe.sae.LatentChunks;
import org.sememe.tensors.TensorMemory;
import org.sememe.training.ranks.Mesh;

/**
 * The loss of a dictionary whose active latents are selected by number (TopK, BatchTopK):
 *
 * <pre>
 * u = x - b_dec,  p = u W_encᵀ + b_enc,  z = the selected positive of p,  x̂_s = z W_dec + b_dec
 * loss = sum over stages s of weight_s mean over rows |x - x̂_s|^2 + alpha AuxK
 * </pre>
 *
 * With one stage, which is what a plain autoencoder has, all of z is in it; see {@link
 * TrainOptions#matryoshka} and {@link TrainOptions#multiTopK} for more. The encoder is the only
 * dense product, all else runs at the active latents.
 */
final class SelectedLoss implements BatchLoss {
  private final TrainState state;
  private final TrainOptions options;
  private final Mesh mesh;
  private final TrainPlan plan;
  private final int rows;
  private final Firings firings;
  private final LatentChunks chunks;
  private final Selector selector;
  private final Codes codes;
  private final Reconstructions reconstructions;
  private final LatentPairs pairs;
  private final Optional<AuxiliaryLoss> auxiliary;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment slopeSums;
  private final MemorySegment pull;

  /** The loss of a run's batches; {@code mesh} and {@code workers} stay the caller's. */
  SelectedLoss(
      TrainState state,
      TrainOptions options,
      TrainPlan plan,
      Mesh mesh,
      Firings firings,
      Workers workers) {
    this.mesh = mesh;
    this.state = state;
    this.options = options;
    this.plan = plan;
    this.rows = options.batch();
    this.firings = firings;
    int latents = state.latents();
    this.chunks = new LatentChunks(rows, latents);
    this.codes = new Codes(rows, plan.nesting());
    this.reconstructions =
        new Reconstructions(
            rows, state.width(), plan.nesting(), options.auxAlpha() > 0, mesh, workers);
    this.selector = new Selector(state, options, plan, mesh, workers, chunks);
    this.pairs = new LatentPairs(latents);
    this.auxiliary =
        options.auxAlpha() > 0
            ? Optional.of(new AuxiliaryLoss(options, plan, mesh.latents(), workers, chunks))
            : Optional.empty();
    this.slopeSums = arena.allocate(ValueLayout.JAVA_FLOAT, latents);
    this.pull = arena.allocate(ValueLayout.JAVA_FLOAT, latents);
  }

  @Override
  public Outcome run(MemorySegment batch, Tensor u, float[] inputNorms) {
    long begin = System.nanoTime();
    Selector.Selected selected = selector.select(u, codes);
    long encoded = System.nanoTime();
    reconstructions.decode(batch, codes, state);
    double squaredError = reconstructions.squaredError();
    long decoded = System.nanoTime();
    long active = (long) mesh.latents().sum(codes.mark(firings));
    int[] dead = firings.count(rows);
    int allDead = (int) mesh.latents().sum(dead.length);
    List<CodeBlock> blocks = new ArrayList<>();
    blocks.add(reconstructions.block(codes));
    double aux = 0;
    if (auxiliary.isPresent() && allDead > 0) {
      AuxiliaryLoss.Result result = auxiliary.get().run(dead, allDead, u, reconstructions, state);
      aux = result.loss();
      result.codes().ifPresent(blocks::add);
    }
    pairs.gather(blocks);
    for (int latent = 0; latent < state.latents(); latent++) {
      slopeSums.setAtIndex(ValueLayout.JAVA_FLOAT, latent, pairs.slopeSum(latent));
    }
    trackThreshold();
    return new Outcome(
        new PairGradients(
            pairs,
            TensorMemory.segment(u),
            reconstructions.errors(),
            inputNorms,
            reconstructions.norms()),
        pull,
        slopeSums,
        Map.of(TrainState.B_ENC, slopeSums),
        reconstructions.wholeGradients(),
        new Figures(
            reconstructions.loss() + options.auxAlpha() * aux,
            squaredError,
            aux,
            0,
            active,
            allDead,
            selected.screen(),
            selected.product(),
            encoded - begin - selected.product(),
            decoded - encoded,
            System.nanoTime() - decoded));
  }

  /** A running mean of the least kept value: what a JumpReLU could use in the selection's place. */
  private void trackThreshold() {
    if (state.step() <= plan.thresholdStart()) {
      return;
    }
    double sum = 0;
    double least = Double.POSITIVE_INFINITY;
    int active = 0;
    for (double here : leasts()) {
      if (Double.isFinite(here)) {
        sum += here;
        least = Math.min(least, here);
        active++;
      }
    }
    if (active > 0) {
      double now = options.architecture() == Architecture.BATCHTOPK ? least : sum / active;
      double beta = plan.thresholdBeta();
      double before = state.threshold();
      state.threshold(before < 0 ? now : beta * before + (1 - beta) * now);
    }
  }

  /** The rows' least active values. */
  private double[] leasts() {
    int parts = mesh.latents().size();
    double[] all = new double[parts * rows];
    for (int row = 0; row < rows; row++) {
      all[mesh.latents().rank() * rows + row] = codes.least(row);
    }
    mesh.latents().share(all, parts);
    double[] leasts = new double[rows];
    Arrays.fill(leasts, Double.POSITIVE_INFINITY);
    for (int i = 0; i < all.length; i++) {
      leasts[i % rows] = Math.min(leasts[i % rows], all[i]);
    }
    return leasts;
  }

  @Override
  public void close() {
    selector.close();
    codes.close();
    reconstructions.close();
    pairs.close();
    chunks.close();
    auxiliary.ifPresent(AuxiliaryLoss::close);
    arena.close();
  }
}
