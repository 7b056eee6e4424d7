package org.sememe.sae.formats.export;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.sae.Sparsity;
import org.sememe.sae.dictionary.Kind;
import org.sememe.tensors.pickle.TorchFileWriter;

/**
 * oli-clive-griffin/crosscode: relu and jumprelu, autoencoders and crosscoders, as folded weights.
 * A crosscoder's rows are {@code [models, hooks, d]}.
 */
final class CrosscodeExport implements ExportFormat.Writer {
  private static final double BANDWIDTH = 2; // of training; the library's own default

  @Override
  public boolean crosses() {
    return true;
  }

  @Override
  public void write(Portable from, Path folder) throws IOException {
    from.requirePlainRows();
    boolean crosses = from.facts().kind() == Kind.CROSSCODER;
    if (!crosses) {
      from.requireAutoencoder(); // it tells a transcoder by its widths alone
    }
    long[] sites = sites(from.facts().input().shape());
    long d = from.width() / LongStream.of(sites).reduce(1, Math::multiplyExact);
    SequencedMap<String, Object> weights = new LinkedHashMap<>();
    weights.put(
        "_W_enc_XiDiL", from.encoder().t().reshape(joined(sites, d, from.latents())).contiguous());
    weights.put(
        "_W_dec_LXoDo",
        from.decoder().reshape(joined(new long[] {from.latents()}, sites, d)).contiguous());
    weights.put("b_enc_L", from.encoderBias(false).contiguous());
    weights.put("_b_dec_XoDo", from.decoderBias().reshape(joined(sites, d)).contiguous());
    weights.put("folded_scaling_factors_in_Xi", torch.ones(sites).to(ScalarType.Float));
    weights.put("folded_scaling_factors_out_Xo", torch.ones(sites).to(ScalarType.Float));
    weights.put("is_folded", Layout.scalar(1, ScalarType.Bool));
    Map<String, Object> activation = new LinkedHashMap<>();
    switch (from.sparsity()) {
      case Sparsity.Relu() -> {
        activation.put("cfg", Map.of());
        activation.put("classname", "ReLUActivation");
      }
      case Sparsity.JumpRelu() -> {
        weights.put("_activation_fn.log_threshold_L", from.logThresholds());
        activation.put("cfg", Map.of("bandwidth", BANDWIDTH, "size", from.latents()));
        activation.put("classname", "AnthropicSTEJumpReLUActivation");
      }
      default -> throw from.noSparsity("relu and jumprelu (its topk keeps values below 0)");
    }
    TorchFileWriter.write(folder.resolve("model.pt"), weights);
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("activation_fn", activation);
    fields.put("d_model", d);
    fields.put("dtype", "float32");
    fields.put("n_latents", from.latents());
    if (crosses) {
      fields.put("n_models", sites[0]);
      fields.put("n_hookpoints", sites[1]);
    }
    fields.put("use_decoder_bias", true);
    fields.put("use_encoder_bias", true);
    Layout.yaml(folder.resolve("model_cfg.yaml"), fields);
  }

  /** Models and hook points of a row; nothing of an autoencoder's. */
  private static long[] sites(List<Long> row) {
    return switch (row.size()) {
      case 1 -> new long[0];
      case 2 -> new long[] {1, row.getFirst()};
      default ->
          new long[] {
            row.getFirst(), row.subList(1, row.size() - 1).stream().reduce(1L, Math::multiplyExact)
          };
    };
  }

  private static long[] joined(long[] first, long... rest) {
    return LongStream.concat(LongStream.of(first), LongStream.of(rest)).toArray();
  }

  private static long[] joined(long[] first, long[] second, long last) {
    return joined(joined(first, second), last);
  }
}
