package org.sememe.sae.objective;

import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.sememe.sae.design.GhostGradients;
import org.sememe.sae.design.Normalisation;

/**
 * Ghost gradients. They reach the dead latents' encoder and decoder; the errors that they point at
 * and all scales are constants.
 *
 * @param encoding of the rows, all latents
 * @param dead {@code [F]}, not 0 where a latent is dead
 */
record GhostLoss(
    GhostGradients rule, Encoding encoding, Decoding decoding, ErrorMeasure measure, Tensor dead) {

  /** One number, before the weight; empty where nothing is dead or no error is left. */
  Optional<Tensor> of(Tensor whole, Normalisation normalisation) {
    Tensor mask = dead.ne(new Scalar(0.0));
    if (rule.sparesFired()) {
      Tensor fired = encoding.activations().detach().ne(new Scalar(0.0)).any(0, false);
      mask = mask.logical_and(fired.logical_not());
    }
    Tensor chosen = mask.nonzero().reshape(-1);
    if (chosen.size(0) == 0) {
      return Optional.empty();
    }
    Tensor error = measure.target().sub(whole).detach();
    Tensor ghosts =
        decoding.contributions(encoding.preActivations().index_select(1, chosen).exp(), chosen);
    Tensor twice = norms(ghosts.detach()).mul(new Scalar(2.0));
    Tensor some = twice.gt(new Scalar(0.0));
    Tensor scale =
        torch.where(
            some, norms(error).div(twice), torch.zeros_like(twice)); // none, nothing to scale
    Tensor missed = measure.of(ghosts.mul(scale), error, normalisation);
    double own = measure.of(whole.detach(), normalisation).item_double();
    double ratio = own / missed.item_double();
    return Double.isFinite(ratio) ? Optional.of(missed.mul(new Scalar(ratio))) : Optional.empty();
  }

  private static Tensor norms(Tensor values) {
    return values.norm(new ScalarOptional(new Scalar(2.0)), new long[] {1}, true);
  }
}
