package org.sememe.sae.formats.export;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import org.sememe.sae.Sparsity;
import org.sememe.tensors.pickle.TorchFileWriter;

/**
 * Releases of a bare state dict: one constant a release. What tells the layer of a residual stream
 * is the file's name, as it is in the releases.
 */
enum StateDictExport implements ExportFormat.Writer {
  /** ReLU, nothing subtracted. */
  GOODFIRE {
    @Override
    public void write(Portable from, Path folder) throws IOException {
      requireRelu(from);
      SequencedMap<String, Object> weights = linear(from, "encoder_linear", "decoder_linear");
      TorchFileWriter.write(folder.resolve("SAE" + layer(from, "-l") + ".pth"), weights);
    }
  },

  /** ReLU, nothing subtracted, by the names of a plain autoencoder. */
  DEEPSEEK_R1 {
    @Override
    public void write(Portable from, Path folder) throws IOException {
      requireRelu(from);
      SequencedMap<String, Object> weights = linear(from, "encoder", "decoder");
      TorchFileWriter.write(folder.resolve("SAE" + layer(from, "-l") + ".pt"), weights);
    }
  },

  /** TopK, nothing subtracted; latents come first in {@code W_enc}, the width in {@code W_dec}. */
  QWEN_SCOPE {
    @Override
    public void write(Portable from, Path folder) throws IOException {
      require(from);
      if (!(from.sparsity() instanceof Sparsity.TopK(int k))) {
        throw from.noSparsity("topk");
      }
      SequencedMap<String, Object> weights = new LinkedHashMap<>();
      weights.put("W_enc", from.encoder().contiguous());
      weights.put("W_dec", from.decoder().t().contiguous());
      weights.put("b_enc", from.encoderBias(false).contiguous());
      weights.put("b_dec", from.decoderBias().contiguous());
      Path place = folder.resolve("SAE-W" + from.latents() + "-L0_" + k);
      Files.createDirectories(place);
      TorchFileWriter.write(place.resolve("layer" + layer(from, "") + ".sae.pt"), weights);
    }
  },

  /** ReLU of {@code x - b_dec}. */
  CONNOR_ROB {
    @Override
    public void write(Portable from, Path folder) throws IOException {
      requireRelu(from);
      SequencedMap<String, Object> weights = new LinkedHashMap<>();
      weights.put("W_enc", from.encoder().t().contiguous());
      weights.put("W_dec", from.decoder().contiguous());
      weights.put("b_enc", from.encoderBias(true).contiguous());
      weights.put("b_dec", from.decoderBias().contiguous());
      TorchFileWriter.write(folder.resolve("sae.pt"), weights);
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("act_size", from.width());
      fields.put("dict_size", from.latents());
      fields.put("act_name", from.hook());
      Layout.json(folder.resolve("sae_cfg.json"), fields);
    }
  };

  private static void require(Portable from) throws NotExpressibleException {
    from.requirePlainRows();
    from.requireAutoencoder();
  }

  private static void requireRelu(Portable from) throws NotExpressibleException {
    require(from);
    if (!(from.sparsity() instanceof Sparsity.Relu)) {
      throw from.noSparsity("relu");
    }
  }

  private static SequencedMap<String, Object> linear(
      Portable from, String encoder, String decoder) {
    SequencedMap<String, Object> weights = new LinkedHashMap<>();
    weights.put(encoder + ".weight", from.encoder().contiguous());
    weights.put(encoder + ".bias", from.encoderBias(false).contiguous());
    weights.put(decoder + ".weight", from.decoder().t().contiguous());
    weights.put(decoder + ".bias", from.decoderBias().contiguous());
    return weights;
  }

  /** The layer of a residual stream, after a prefix; empty for any other hook point. */
  private static String layer(Portable from, String prefix) {
    return from.residualLayer().map(layer -> prefix + layer).orElse("");
  }
}
