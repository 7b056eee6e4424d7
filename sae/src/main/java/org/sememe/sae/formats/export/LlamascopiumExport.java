package org.sememe.sae.formats.export;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import org.bytedeco.pytorch.Tensor;
import org.sememe.sae.Sparsity;
import org.sememe.tensors.safetensors.SafetensorsWriter;

/** Llamascopium: relu, jumprelu and topk, as folded weights ({@code norm_activation} inference). */
final class LlamascopiumExport implements ExportFormat.Writer {
  @Override
  public void write(Portable from, Path folder) throws IOException {
    from.requirePlainRows();
    from.requireOneWidth();
    SequencedMap<String, Tensor> weights = new LinkedHashMap<>();
    weights.put("W_E", from.encoder().t().contiguous());
    weights.put("b_E", from.encoderBias(false).contiguous());
    weights.put("W_D", from.decoder().contiguous());
    weights.put("b_D", from.decoderBias().contiguous());
    int k = 1;
    switch (from.sparsity()) {
      case Sparsity.Relu() -> {}
      case Sparsity.TopK(int active) -> k = active;
      case Sparsity.JumpRelu() ->
          weights.put("activation_function.log_jumprelu_threshold", from.logThresholds());
      default -> throw from.noSparsity("relu, jumprelu and topk");
    }
    SafetensorsWriter.write(folder.resolve("sae_weights.safetensors"), weights, Map.of());
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("sae_type", "sae");
    fields.put("d_model", from.width());
    fields.put("expansion_factor", from.expansionFactor());
    fields.put("use_decoder_bias", true);
    fields.put("act_fn", from.sparsity().key());
    fields.put("norm_activation", "inference");
    fields.put("sparsity_include_decoder_norm", false);
    fields.put("top_k", k);
    fields.put("hook_point_in", from.hook());
    fields.put("hook_point_out", from.otherHookOut());
    fields.put("use_glu_encoder", false);
    fields.put("model_name", from.facts().model());
    Layout.json(folder.resolve("config.json"), fields);
  }
}
