package org.sememe.sae.formats.export;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import org.bytedeco.pytorch.Tensor;
import org.sememe.sae.Sae;
import org.sememe.sae.SaeConfig;
import org.sememe.sae.SaeFiles;
import org.sememe.sae.Sparsity;
import org.sememe.sae.dictionary.CoderParts;
import org.sememe.sae.dictionary.Decoding;
import org.sememe.sae.dictionary.Encoding;
import org.sememe.sae.dictionary.Kind;
import org.sememe.sae.dictionary.Selection;
import org.sememe.sae.dictionary.SparseCoder;
import org.sememe.sae.fold.RowNormalisation;
import org.sememe.tensors.safetensors.SafetensorsWriter;

/**
 * SAELens 6: autoencoders, and transcoders with ReLU or thresholds.
 *
 * @param own whether sparsities that SAELens does not have may be written in its manner
 */
record SaeLensExport(boolean own) implements ExportFormat.Writer {
  @Override
  public void write(Portable dictionary, Path folder) throws IOException {
    boolean foreign =
        dictionary.sparsity() instanceof Sparsity.GroupMax
            || dictionary.sparsity() instanceof Sparsity.Omp;
    if (foreign && !own) {
      throw dictionary.noSparsity(
          "topk, abstopk, relu, jumprelu and matching_pursuit (sememe import keeps the others)");
    }
    if (dictionary.isAutoencoder()) {
      autoencoder(dictionary, folder);
    } else {
      transcoder(dictionary, Map.of(), folder);
    }
  }

  private static void autoencoder(Portable from, Path folder) throws IOException {
    if (from.sae().isPresent()) {
      SaeFiles.save(from.sae().get(), folder);
      return;
    }
    SaeConfig config =
        new SaeConfig(
            from.width(),
            from.latents(),
            from.sparsity(),
            from.subtracts(),
            from.hook(),
            from.facts().model(),
            1,
            from.rows(),
            Map.of(
                "library", from.facts().library(),
                "library_architecture", from.facts().architecture(),
                "library_normalisation", from.facts().normalisation()));
    // The tensors are another's: those of the new one are views that it may close.
    try (Sae sae =
        new Sae(
            config,
            from.encoder().detach().contiguous(),
            from.encoderBias().detach().contiguous(),
            from.decoder().detach().contiguous(),
            from.decoderBias().detach().contiguous(),
            from.thresholds().map(Tensor::detach))) {
      SaeFiles.save(sae, folder);
    }
  }

  /** Whether it is a transcoder that SAELens has, in its own terms. */
  static boolean hasTranscoder(SparseCoder coder) {
    CoderParts parts = coder.parts();
    return coder.facts().kind() == Kind.TRANSCODER
        && parts.encoding() instanceof Encoding.Joint
        && parts.decoding() instanceof Decoding.Joint
        && parts.importance().isEmpty()
        && !parts.undone()
        && (parts.selection() instanceof Selection.Relu
            || parts.selection() instanceof Selection.Above);
  }

  /**
   * Writes a transcoder.
   *
   * @param more metadata
   */
  static void transcoder(Portable from, Map<String, ?> more, Path folder) throws IOException {
    String activation =
        switch (from.sparsity()) {
          case Sparsity.Relu() -> "";
          case Sparsity.JumpRelu() -> "jumprelu_";
          default -> throw from.noSparsity("transcoders with relu and jumprelu");
        };
    if (from.undone() && from.rows() != RowNormalisation.NONE) {
      throw new NotExpressibleException(
          from.format(), "a transcoder whose output is brought back to a row's scale", "none can");
    }
    SequencedMap<String, Tensor> weights = new LinkedHashMap<>();
    weights.put("W_enc", from.encoder().t().contiguous());
    weights.put("b_enc", from.encoderBias(false).contiguous());
    weights.put("W_dec", from.decoder().contiguous());
    weights.put("b_dec", from.decoderBias().contiguous());
    from.thresholds().ifPresent(thresholds -> weights.put("threshold", thresholds.contiguous()));
    from.skip().ifPresent(skip -> weights.put("W_skip", skip.t().contiguous()));
    SafetensorsWriter.write(folder.resolve("sae_weights.safetensors"), weights, Map.of());
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put(
        "architecture", activation + (from.skip().isPresent() ? "skip_transcoder" : "transcoder"));
    fields.put("d_in", from.width());
    fields.put("d_sae", from.latents());
    fields.put("d_out", from.outputs());
    fields.put("dtype", "float32");
    fields.put("device", "cpu");
    fields.put("apply_b_dec_to_input", false);
    fields.put("normalize_activations", Layout.normalisation(from.rows()));
    fields.put("reshape_activations", "none");
    fields.put("metadata", Layout.metadata(from.facts(), from.facts().library(), more));
    Layout.json(folder.resolve("cfg.json"), fields);
  }
}
