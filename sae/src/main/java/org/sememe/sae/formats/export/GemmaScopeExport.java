package org.sememe.sae.formats.export;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import org.bytedeco.pytorch.Tensor;
import org.sememe.sae.Sparsity;
import org.sememe.sae.dictionary.Kind;
import org.sememe.tensors.npz.NpzWriter;
import org.sememe.tensors.safetensors.SafetensorsWriter;

/** Gemma Scope: jumprelu of plain rows. */
enum GemmaScopeExport implements ExportFormat.Writer {
  /** Autoencoders; nothing but the path would tell a transcoder. */
  FIRST {
    @Override
    public void write(Portable from, Path folder) throws IOException {
      from.requireAutoencoder();
      SequencedMap<String, Tensor> weights = weights(from, "W_enc", "W_dec");
      Path place =
          from.residualLayer()
              .map(layer -> folder.resolve("layer_" + layer).resolve("width_" + from.latents()))
              .orElse(folder);
      Files.createDirectories(place);
      NpzWriter.write(place.resolve("params.npz"), weights);
    }
  },

  /** Transcoders too, with an affine skip connection or without. */
  SECOND {
    @Override
    public void write(Portable from, Path folder) throws IOException {
      SequencedMap<String, Tensor> weights = weights(from, "w_enc", "w_dec");
      from.skip().ifPresent(skip -> weights.put("affine_skip_connection", skip.contiguous()));
      SafetensorsWriter.write(folder.resolve("params.safetensors"), weights, Map.of());
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("architecture", "jump_relu");
      fields.put("model_name", from.facts().model());
      fields.put("hf_hook_point_in", from.hook());
      if (from.facts().kind() == Kind.TRANSCODER) {
        fields.put("affine_connection", from.skip().isPresent());
        fields.put("hf_hook_point_out", from.otherHookOut());
      }
      Layout.json(folder.resolve("config.json"), fields);
    }
  };

  private static SequencedMap<String, Tensor> weights(Portable from, String encoder, String decoder)
      throws NotExpressibleException {
    from.requirePlainRows();
    if (!(from.sparsity() instanceof Sparsity.JumpRelu)) {
      throw from.noSparsity("jumprelu");
    }
    SequencedMap<String, Tensor> weights = new LinkedHashMap<>();
    weights.put(encoder, from.encoder().t().contiguous());
    weights.put(decoder, from.decoder().contiguous());
    weights.put("b_enc", from.encoderBias(false).contiguous());
    weights.put("b_dec", from.decoderBias().contiguous());
    weights.put("threshold", from.thresholds().orElseThrow().contiguous());
    return weights;
  }
}
