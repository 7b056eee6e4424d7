package org.sememe.models.decoder;

import java.util.List;
import java.util.function.BiFunction;
import org.bytedeco.pytorch.Tensor;

/**
 * One block: {@code mid = pre + attention(norm(pre)); post = mid + mlp(norm(mid))}, or, where both
 * read the block's input, {@code post = pre + attention(norm(pre)) + mlp(norm(pre))}. Stateless
 * over its weights. Works in the caller's scope. What autograd records is done by libtorch alone;
 * the rest, where the family's options allow, by kernels that go over memory once.
 */
final class DecoderBlock {
  private final DecoderHooks.BlockNames names;
  private final DecoderAttention attention;
  private final DecoderMlp mlp;

  DecoderBlock(
      DecoderConfig config, BlockWeights weights, DecoderHooks.BlockNames names, int layer) {
    this.names = names;
    this.attention = new DecoderAttention(config, weights, names, layer);
    this.mlp = new DecoderMlp(config, weights, names);
  }

  /**
   * The block in steps from residual to residual, {@code [b, t, d]}; between two of them nothing
   * else has to live.
   */
  List<BiFunction<Tensor, Pass, Tensor>> steps() {
    return names.residMid().isPresent()
        ? List.of(this::attention, this::mlp)
        : List.of(this::parallel);
  }

  private Tensor attention(Tensor residual, Pass pass) {
    Tensor before = pass.taps().pass(names.residPre(), residual);
    if (pass.taps().finished()) {
      return before;
    }
    Tensor out = attention.apply(before, pass);
    return pass.taps().pass(names.residMid().orElseThrow(), before.add(out));
  }

  private Tensor mlp(Tensor residual, Pass pass) {
    Tensor out = mlp.apply(residual, pass);
    return pass.taps().pass(names.residPost(), residual.add(out));
  }

  private Tensor parallel(Tensor residual, Pass pass) {
    Tensor before = pass.taps().pass(names.residPre(), residual);
    if (pass.taps().finished()) {
      return before;
    }
    Tensor attended = attention.apply(before, pass);
    Tensor fed = mlp.apply(before, pass);
    return pass.taps().pass(names.residPost(), before.add(attended).add(fed));
  }
}
