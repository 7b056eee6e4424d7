package org.sememe.sae.formats.export;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.sae.Sparsity;
import org.sememe.sae.fold.RowNormalisation;
import org.sememe.tensors.pickle.TorchFileWriter;

/** openai/sparse_autoencoder: ReLU of plain rows, TopK of layer-normed ones, and nothing else. */
final class OpenAiExport implements ExportFormat.Writer {
  @Override
  public void write(Portable from, Path folder) throws IOException {
    from.requireAutoencoder();
    SequencedMap<String, Object> weights = new LinkedHashMap<>();
    weights.put("pre_bias", from.decoderBias().contiguous());
    weights.put("encoder.weight", from.encoder().contiguous());
    weights.put("latent_bias", from.encoderBias(true).contiguous());
    weights.put("decoder.weight", from.decoder().t().contiguous());
    int f = from.latents();
    weights.put("stats_last_nonzero", torch.zeros(f).to(ScalarType.Long));
    weights.put("latents_activation_frequency", torch.zeros(f).to(ScalarType.Float));
    weights.put("latents_mean_square", torch.zeros(f).to(ScalarType.Float));
    switch (from.sparsity()) {
      case Sparsity.Relu() -> {
        from.requirePlainRows();
        weights.put("activation", "ReLU");
        weights.put("activation_state_dict", Map.of());
      }
      case Sparsity.TopK(int k) -> {
        if (from.rows() != RowNormalisation.LAYER_NORM) {
          throw new NotExpressibleException(
              from.format(),
              "topk of rows that are not layer-normed",
              "its files layer-norm inputs exactly when they say TopK");
        }
        weights.put("activation", "TopK");
        SequencedMap<String, Object> state = new LinkedHashMap<>();
        state.put("k", k);
        state.put("postact_fn", "ReLU");
        weights.put("activation_state_dict", state);
      }
      default -> throw from.noSparsity("relu, and topk of layer-normed rows");
    }
    Path place = folder.resolve("autoencoders");
    Files.createDirectories(place);
    TorchFileWriter.write(place.resolve(from.layer() + ".pt"), weights);
  }
}
