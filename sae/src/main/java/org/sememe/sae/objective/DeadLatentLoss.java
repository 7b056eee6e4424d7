package org.sememe.sae.objective;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.sememe.sae.design.DeadLatents;
import org.sememe.sae.design.Reconstruction;

/**
 * The loss by which dead latents learn. Its gradient reaches the dead latents' encoder and decoder;
 * the errors that they reconstruct are constants.
 *
 * @param encoding of the rows, all latents
 * @param dead {@code [F]}, not 0 where a latent is dead
 */
record DeadLatentLoss(
    DeadLatents rule, Encoding encoding, Decoding decoding, ErrorMeasure measure, Tensor dead) {

  /** The last level's error is that of the whole; the others end with the prefixes. */
  private record Level(long from, long to, Tensor reconstruction) {}

  /** One number, before the weight; empty where nothing is dead or no error is left. */
  Optional<Tensor> of(Tensor whole, List<Reconstruction> reconstructions) {
    Optional<Tensor> sum = Optional.empty();
    for (Level level : levels(whole, reconstructions)) {
      Optional<Tensor> loss = of(level);
      if (loss.isPresent()) {
        sum = Optional.of(sum.isPresent() ? sum.get().add(loss.get()) : loss.get());
      }
    }
    return sum;
  }

  private List<Level> levels(Tensor whole, List<Reconstruction> reconstructions) {
    List<Level> levels = new ArrayList<>();
    long from = 0;
    if (rule.byLevel()) {
      int[] ends =
          reconstructions.stream()
              .filter(Reconstruction.Prefix.class::isInstance)
              .mapToInt(prefix -> ((Reconstruction.Prefix) prefix).latents())
              .sorted()
              .toArray();
      for (int end : ends) {
        levels.add(new Level(from, end, decoding.reconstructPrefix(encoding.activations(), end)));
        from = end;
      }
    }
    levels.add(new Level(from, dead.size(0), whole));
    return levels;
  }

  private Optional<Tensor> of(Level level) {
    Tensor chosen = candidates(level);
    long count = chosen.size(0);
    if (count == 0) {
      return Optional.empty();
    }
    Tensor codes = strongest(encoding.preActivations().index_select(1, chosen));
    Tensor error = measure.target().sub(level.reconstruction).detach();
    Tensor loss = measure.of(decoding.contributions(codes, chosen), error, rule.normalisation());
    if (!Double.isFinite(loss.item_double())) {
      return Optional.empty();
    }
    double share = rule.shared() ? Math.min((double) count / rule.k(), 1) : 1;
    return Optional.of(loss.mul(new Scalar(share)));
  }

  /** Numbers of the level's dead latents. */
  private Tensor candidates(Level level) {
    Tensor mask = dead.ne(new Scalar(0.0));
    if (rule.sparesFired()) {
      Tensor fired = encoding.activations().detach().ne(new Scalar(0.0)).any(0, false);
      mask = mask.logical_and(fired.logical_not());
    }
    Tensor inside = mask.narrow(0, level.from, level.to - level.from);
    return inside.nonzero().reshape(-1).add(new Scalar(level.from));
  }

  private Tensor strongest(Tensor values) {
    return switch (rule.strength()) {
      case POSITIVE -> {
        Tensor positive = torch.relu(values);
        yield positive.mul(Selections.largest(positive, rule.k()));
      }
      case SIGNED -> values.mul(Selections.largest(values, rule.k()));
      case MAGNITUDE -> values.mul(Selections.largest(values.abs(), rule.k()));
    };
  }
}
