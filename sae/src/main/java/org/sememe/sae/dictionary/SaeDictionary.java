package org.sememe.sae.dictionary;

import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.sae.Encoder;
import org.sememe.sae.Sae;
import org.sememe.sae.SparseCodes;
import org.sememe.sae.fold.RowNormalisation;
import org.sememe.tensors.TensorMemory;

/** An {@link Sae} as a dictionary. Its rows may be of several dimensions, such as heads. */
public final class SaeDictionary implements Dictionary {
  private static final int MOST_ROWS = 1024;

  private final DictionaryFacts facts;
  private final Sae sae;

  /** A dictionary of this autoencoder, which it takes over. */
  public SaeDictionary(DictionaryFacts facts, Sae sae) {
    this.facts = facts;
    this.sae = sae;
  }

  @Override
  public DictionaryFacts facts() {
    return facts;
  }

  @Override
  public Optional<Sae> sae() {
    return Optional.of(sae);
  }

  @Override
  public Tensor encode(Tensor x) {
    InputRows rows = InputRows.of(x, sae.config().width());
    long n = rows.values().size(0);
    Tensor latents = torch.zeros(n, sae.config().latents());
    try (Encoder encoder = new Encoder(sae, Math.clamp(n, 1, MOST_ROWS))) {
      for (long first = 0; first < n; first += MOST_ROWS) {
        int count = (int) Math.min(MOST_ROWS, n - first);
        Tensor part = rows.values().narrow(0, first, count);
        SparseCodes codes = encoder.encode(TensorMemory.segment(part), count);
        Tensor indices = codes.indexTensor().to(ScalarType.Long);
        Tensor values = codes.valueTensor();
        latents.narrow(0, first, count).scatter_add_(1, indices, values);
      }
    }
    return rows.restored(latents, sae.config().latents());
  }

  @Override
  public Tensor decode(Tensor latents, Tensor x) {
    InputRows rows = InputRows.of(x, sae.config().width());
    Tensor output =
        latents.reshape(-1, sae.config().latents()).matmul(sae.decoder()).add(sae.decoderBias());
    if (sae.config().rows() != RowNormalisation.NONE) {
      output = rows.frames(sae.config().rows()).out(output);
    }
    return rows.restoredAlike(output);
  }

  @Override
  public boolean rowsAlone() {
    return true;
  }

  @Override
  public void close() {
    sae.close();
  }
}
