package org.sememe.app.bench;

import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.sae.Sae;
import org.sememe.sae.SaeConfig;
import org.sememe.sae.Sparsity;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;
import org.sememe.training.BatchSource;

/**
 * What encoding is timed on. The caller closes both.
 *
 * @param sae the dictionary
 * @param dictionary what it is, for the record
 * @param source rows for it
 * @param rows what they are, for the record
 * @param scale what rows are multiplied by to be such as the dictionary takes
 */
public record EncodeInputs(
    Sae sae, String dictionary, BatchSource source, String rows, double scale) {
  /** What {@link #randomDictionary} makes. */
  public static final String RANDOM =
      "synthetic: rows in random directions, W_enc = W_dec, no biases";

  /** Synthetic rows, of the size that the dictionary was trained on as far as it says. */
  public static EncodeInputs synthetic(Sae sae, String dictionary) {
    return new EncodeInputs(
        sae,
        dictionary,
        new SyntheticRows(0, sae.config().width()),
        SyntheticRows.WHAT,
        1 / sae.config().inputScale());
  }

  /** A TopK dictionary as it is before training. */
  public static Sae randomDictionary(int width, int latents, int k) {
    SaeConfig config =
        new SaeConfig(width, latents, new Sparsity.TopK(k), true, "", "", 1, Map.of());
    try (PointerScope scope = new PointerScope()) {
      Tensor decoder = TensorMemory.empty(ScalarType.Float, latents, width);
      RandomStream.of(0).stream("dictionary").fillNormal(TensorMemory.segment(decoder), 1);
      Tensor rows = decoder.div(decoder.square().sum(1).sqrt().unsqueeze(1));
      return new Sae(
          config,
          rows,
          TensorMemory.floats(new float[latents], latents),
          rows.clone(),
          TensorMemory.floats(new float[width], width),
          Optional.empty());
    }
  }
}
