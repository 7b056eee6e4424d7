package org.sememe.sae.formats.export;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import org.bytedeco.pytorch.Tensor;
import org.sememe.sae.Sparsity;
import org.sememe.tensors.safetensors.SafetensorsWriter;

/**
 * Llama Scope as its R1 release has it: jumprelu of one width. The scale of the inputs, which that
 * release leaves to a registry, is in the configuration as the first release has it, and is 1.
 */
final class LlamaScopeExport implements ExportFormat.Writer {
  @Override
  public void write(Portable from, Path folder) throws IOException {
    from.requirePlainRows();
    from.requireOneWidth();
    if (!(from.sparsity() instanceof Sparsity.JumpRelu)) {
      throw from.noSparsity("jumprelu");
    }
    SequencedMap<String, Tensor> weights = new LinkedHashMap<>();
    weights.put("encoder.weight", from.encoder().contiguous());
    weights.put("encoder.bias", from.encoderBias(false).contiguous());
    weights.put("decoder.weight", from.decoder().t().contiguous());
    weights.put("decoder.bias", from.decoderBias().contiguous());
    weights.put("log_jumprelu_threshold", from.logThresholds());
    SafetensorsWriter.write(folder.resolve("sae_weights.safetensors"), weights, Map.of());
    double norm = Math.sqrt(from.width());
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("d_model", from.width());
    fields.put("d_sae", from.latents());
    fields.put("expansion_factor", from.expansionFactor());
    fields.put("model_name", from.facts().model());
    fields.put("hook_point_in", from.hook());
    fields.put("hook_point_out", from.otherHookOut());
    fields.put("act_fn", "jumprelu");
    fields.put("norm_activation", "dataset-wise");
    fields.put("dataset_average_activation_norm", Map.of("in", norm, "out", norm));
    Layout.json(folder.resolve("config.json"), fields);
  }
}
