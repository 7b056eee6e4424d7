package org.sememe.sae.formats.export;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import org.bytedeco.pytorch.Tensor;
import org.sememe.sae.Sparsity;
import org.sememe.sae.dictionary.Kind;
import org.sememe.tensors.safetensors.SafetensorsWriter;

/** Transcoders of circuit-tracer: relu, with a skip connection or without, a file a layer. */
final class CircuitTracerExport implements ExportFormat.Writer {
  @Override
  public void write(Portable from, Path folder) throws IOException {
    from.requirePlainRows();
    if (from.facts().kind() != Kind.TRANSCODER) {
      throw new NotExpressibleException(
          from.format(), "an " + from.facts().kind().key(), "it knows transcoders");
    }
    if (!(from.sparsity() instanceof Sparsity.Relu)) {
      throw from.noSparsity("relu");
    }
    SequencedMap<String, Tensor> weights = new LinkedHashMap<>();
    weights.put("W_dec", from.decoder().contiguous());
    weights.put("W_enc", from.encoder().contiguous());
    from.skip().ifPresent(skip -> weights.put("W_skip", skip.t().contiguous()));
    weights.put("b_dec", from.decoderBias().contiguous());
    weights.put("b_enc", from.encoderBias(false).contiguous());
    String name = "layer_" + from.layer() + ".safetensors";
    SafetensorsWriter.write(folder.resolve(name), weights, Map.of());
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("model_name", from.facts().model());
    String block = "blocks." + from.layer() + ".";
    if (from.hook().startsWith(block) && from.hookOut().startsWith(block)) {
      fields.put("feature_input_hook", from.hook().substring(block.length()));
      fields.put("feature_output_hook", from.hookOut().substring(block.length()));
    }
    Layout.yaml(folder.resolve("config.yaml"), fields);
  }
}
