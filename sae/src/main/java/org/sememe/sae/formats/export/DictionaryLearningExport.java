package org.sememe.sae.formats.export;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.sae.Sparsity;
import org.sememe.tensors.pickle.TorchFileWriter;

/**
 * dictionary_learning: {@code AutoEncoderTopK}, {@code AutoEncoderNew} for ReLU (the older class
 * changes decoder norms when it is loaded), {@code JumpReluAutoEncoder}.
 */
final class DictionaryLearningExport implements ExportFormat.Writer {
  @Override
  public void write(Portable from, Path folder) throws IOException {
    from.requirePlainRows();
    from.requireAutoencoder();
    SequencedMap<String, Object> weights = new LinkedHashMap<>();
    Map<String, Object> trainer = new LinkedHashMap<>();
    switch (from.sparsity()) {
      case Sparsity.TopK(int k) -> {
        trainer.put("dict_class", "AutoEncoderTopK");
        trainer.put("trainer_class", "TopKTrainer");
        trainer.put("k", k);
        weights.put("b_dec", from.decoderBias().contiguous());
        weights.put("k", Layout.scalar(k, ScalarType.Int));
        weights.put("threshold", Layout.scalar(-1, ScalarType.Float));
        linear(from, weights, true);
      }
      case Sparsity.Relu() -> {
        trainer.put("dict_class", "AutoEncoderNew");
        trainer.put("trainer_class", "StandardTrainerAprilUpdate");
        linear(from, weights, false);
        weights.put("decoder.bias", from.decoderBias().contiguous());
      }
      case Sparsity.JumpRelu() -> {
        trainer.put("dict_class", "JumpReluAutoEncoder");
        trainer.put("trainer_class", "JumpReluTrainer");
        weights.put("W_enc", from.encoder().t().contiguous());
        weights.put("b_enc", from.encoderBias(false).contiguous());
        weights.put("W_dec", from.decoder().contiguous());
        weights.put("b_dec", from.decoderBias().contiguous());
        weights.put("threshold", from.thresholds().orElseThrow().contiguous());
      }
      default -> throw from.noSparsity("topk, relu and jumprelu");
    }
    trainer.put("activation_dim", from.width());
    trainer.put("dict_size", from.latents());
    trainer.put("layer", from.layer());
    trainer.put("lm_name", from.facts().model());
    trainer.put("submodule_name", from.hook());
    TorchFileWriter.write(folder.resolve("ae.pt"), weights);
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("trainer", trainer);
    fields.put("buffer", Map.of("d_submodule", from.width(), "io", "out"));
    Layout.json(folder.resolve("config.json"), fields);
  }

  private static void linear(
      Portable from, SequencedMap<String, Object> weights, boolean subtracts) {
    weights.put("encoder.weight", from.encoder().contiguous());
    weights.put("encoder.bias", from.encoderBias(subtracts).contiguous());
    Tensor columns = from.decoder().t().contiguous();
    weights.put("decoder.weight", columns);
  }
}
