package org.sememe.models.unet;

import java.io.IOException;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.sememe.models.blocks.Linear;

/** Two layers with a SiLU between (diffusers' TimestepEmbedding). */
record Embedder(Linear linear1, Linear linear2) {
  static Embedder of(ParameterSource source, String path, int in, int out) throws IOException {
    return new Embedder(
        source.linear(path + ".linear_1", in, out), source.linear(path + ".linear_2", out, out));
  }

  Tensor apply(Tensor x) {
    return linear2.apply(torch.silu(linear1.apply(x)));
  }
}
