package org.sememe.models.decoder;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.sememe.kernels.GatedUnits;
import org.sememe.models.blocks.Activation;
import org.sememe.models.blocks.RowParts;
import org.sememe.models.blocks.Taps;
import org.sememe.tensors.TensorMemory;

/** What a block's MLP adds to the residual. Stateless over its weights. */
final class DecoderMlp {
  /** Rows below which another thread is not worth its start. */
  private static final int ROWS_A_THREAD = 32;

  private final DecoderConfig config;
  private final BlockWeights weights;
  private final DecoderHooks.BlockNames names;

  DecoderMlp(DecoderConfig config, BlockWeights weights, DecoderHooks.BlockNames names) {
    this.config = config;
    this.weights = weights;
    this.names = names;
  }

  /** From what the MLP reads to {@code hook_mlp_out}, both {@code [b, t, d]}. */
  Tensor apply(Tensor residual, Pass pass) {
    Taps taps = pass.taps();
    Tensor normed = weights.mlpNorm().apply(residual, names.mlpNorm(), taps, pass.recording());
    Tensor post = taps.pass(names.mlpPost(), neurons(weights.up().apply(normed), pass));
    Tensor out = weights.down().apply(post);
    Tensor added = weights.mlpPostNorm().map(norm -> norm.apply(out, pass.recording())).orElse(out);
    return taps.pass(names.mlpOut(), added);
  }

  /** The neurons {@code [b, t, mlpWidth]}, over the gates where nobody needs these. */
  private Tensor neurons(Tensor up, Pass pass) {
    int width = config.mlpWidth();
    Activation activation = config.mlp().activation();
    Taps taps = pass.taps();
    Optional<String> linear = names.mlpPreLinear();
    if (linear.isEmpty()) {
      return activation.apply(taps.pass(names.mlpPre(), up));
    }
    Tensor gate = up.narrow(-1, 0, width);
    if (pass.recording()
        || activation != Activation.SILU
        || taps.any(names.mlpPre(), linear.get())) {
      Tensor pre = taps.pass(names.mlpPre(), gate);
      Tensor beside = taps.pass(linear.get(), up.narrow(-1, width, width));
      return activation.apply(pre).mul(beside);
    }
    MemorySegment rows = TensorMemory.segment(up);
    RowParts.run(
        Math.toIntExact(up.numel() / up.size(-1)),
        ROWS_A_THREAD,
        (from, to) -> GatedUnits.silu(rows, width, from, to));
    return gate;
  }
}
