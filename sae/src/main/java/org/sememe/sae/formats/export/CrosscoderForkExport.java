package org.sememe.sae.formats.export;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.sae.Sparsity;
import org.sememe.sae.dictionary.Kind;
import org.sememe.tensors.pickle.TorchFileWriter;
import org.sememe.tensors.safetensors.SafetensorsWriter;

/**
 * The crosscoder fork of dictionary_learning (jkminder): crosscoders with relu ({@code CrossCoder},
 * in the hub's layout, which the library can load) or one threshold for all latents ({@code
 * BatchTopKCrossCoder}), and autoencoders of such a threshold ({@code BatchTopKSAE}).
 */
final class CrosscoderForkExport implements ExportFormat.Writer {
  private static final int NOT_NORMALISED = 4;

  @Override
  public boolean crosses() {
    return true;
  }

  @Override
  public void write(Portable from, Path folder) throws IOException {
    from.requirePlainRows();
    if (from.facts().kind() == Kind.CROSSCODER) {
      crosscoder(from, folder);
      return;
    }
    from.requireAutoencoder();
    SequencedMap<String, Tensor> weights = new LinkedHashMap<>();
    weights.put("b_dec", from.decoderBias().contiguous());
    notScaled(weights, from.width());
    threshold(from, weights);
    weights.put("decoder.weight", from.decoder().t().contiguous());
    weights.put("encoder.weight", from.encoder().contiguous());
    weights.put("encoder.bias", from.encoderBias(true).contiguous());
    TorchFileWriter.write(folder.resolve("model_final.pt"), weights);
  }

  private static void crosscoder(Portable from, Path folder) throws IOException {
    List<Long> row = from.facts().input().shape();
    long d = row.getLast();
    long sites = from.width() / d;
    boolean relu = from.sparsity() instanceof Sparsity.Relu;
    SequencedMap<String, Tensor> weights = new LinkedHashMap<>();
    notScaled(weights, sites, d);
    weights.put("code_normalization_id", Layout.scalar(NOT_NORMALISED, ScalarType.Long));
    if (!relu) {
      threshold(from, weights);
    }
    weights.put(
        "encoder.weight", from.encoder().t().reshape(sites, d, from.latents()).contiguous());
    weights.put("encoder.bias", from.encoderBias(false).contiguous());
    weights.put("decoder.bias", from.decoderBias().reshape(sites, d).contiguous());
    weights.put(
        "decoder.weight",
        from.decoder().reshape(from.latents(), sites, d).transpose(0, 1).contiguous());
    if (!relu) {
      TorchFileWriter.write(folder.resolve("model_final.pt"), weights);
      return;
    }
    SafetensorsWriter.write(folder.resolve("model.safetensors"), weights, Map.of());
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("activation_dim", d);
    fields.put("dict_size", from.latents());
    fields.put("num_layers", sites);
    fields.put("code_normalization", "NONE");
    fields.put("target_rms", 1.0);
    Layout.json(folder.resolve("config.json"), fields);
  }

  /** Its way to say that rows are as they came. */
  private static void notScaled(SequencedMap<String, Tensor> weights, long... row) {
    Tensor none = torch.full(row, new Scalar(Double.NaN)).to(ScalarType.Float);
    weights.put("target_rms", Layout.scalar(1, ScalarType.Float));
    weights.put("activation_mean", none);
    weights.put("activation_std", none.clone());
    weights.put("activation_global_scale", Layout.scalar(1, ScalarType.Float));
  }

  /** k is of training: the average number of active latents, where it is known. */
  private static void threshold(Portable from, SequencedMap<String, Tensor> weights)
      throws NotExpressibleException {
    if (from.oneThreshold().isEmpty()) {
      throw from.noSparsity("relu of several hook points, and jumprelu of one threshold for all");
    }
    weights.put("k", Layout.scalar(Math.max(1, from.facts().k().orElse(1)), ScalarType.Int));
    weights.put("threshold", Layout.scalar(from.oneThreshold().getAsDouble(), ScalarType.Float));
  }
}
