package org.sememe.sae.formats.export;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import org.bytedeco.pytorch.Tensor;
import org.sememe.sae.Sparsity;
import org.sememe.sae.fold.RowNormalisation;
import org.sememe.tensors.pickle.TorchFileWriter;

/**
 * bartbussmann/BatchTopK: relu, jumprelu, and topk without an encoder bias, of plain or
 * layer-normed rows.
 */
final class BatchTopKRepoExport implements ExportFormat.Writer {
  @Override
  public void write(Portable from, Path folder) throws IOException {
    from.requireAutoencoder();
    if (from.rows() == RowNormalisation.CONSTANT_NORM) {
      from.requirePlainRows();
    }
    boolean centres = !(from.sparsity() instanceof Sparsity.JumpRelu);
    Tensor bias = from.encoderBias(centres);
    SequencedMap<String, Object> weights = new LinkedHashMap<>();
    weights.put("b_dec", from.decoderBias().contiguous());
    weights.put("b_enc", bias.contiguous());
    weights.put("W_enc", from.encoder().t().contiguous());
    weights.put("W_dec", from.decoder().contiguous());
    int k = 1;
    String type =
        switch (from.sparsity()) {
          case Sparsity.Relu() -> "vanilla";
          case Sparsity.JumpRelu() -> {
            weights.put("jumprelu.log_threshold", from.logThresholds());
            yield "jumprelu";
          }
          case Sparsity.TopK(int active) -> {
            if (bias.count_nonzero().item_long() > 0) {
              throw new NotExpressibleException(
                  from.format(), "topk with an encoder bias", "its topk ignores one");
            }
            k = active;
            yield "topk";
          }
          default -> throw from.noSparsity("relu, jumprelu and topk");
        };
    TorchFileWriter.write(folder.resolve("sae.pt"), weights);
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("seed", 0);
    fields.put("dtype", "torch.float32");
    fields.put("device", "cpu");
    fields.put("model_name", from.facts().model());
    fields.put("layer", from.layer());
    fields.put("hook_point", from.hook());
    fields.put("sae_type", type);
    fields.put("act_size", from.width());
    fields.put("dict_size", from.latents());
    fields.put("input_unit_norm", from.rows() == RowNormalisation.LAYER_NORM);
    fields.put("top_k", k);
    // What its classes ask for though only training uses it: the library's defaults.
    fields.put("top_k_aux", 512);
    fields.put("aux_penalty", 1.0 / 32);
    fields.put("n_batches_to_dead", 5);
    fields.put("l1_coeff", 0);
    fields.put("bandwidth", 0.001);
    Layout.json(folder.resolve("config.json"), fields);
  }
}
