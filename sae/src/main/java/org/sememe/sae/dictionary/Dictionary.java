package org.sememe.sae.dictionary;

import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.sememe.sae.Sae;

/**
 * A trained dictionary of any architecture, on raw activations. Latents are in the unit of the
 * library that trained it.
 *
 * <p>Owns its tensors. Reading is thread-safe; nothing may be under way when it is closed. Results
 * are float32 and belong to the caller's innermost {@code PointerScope}.
 */
public sealed interface Dictionary extends AutoCloseable
    permits SaeDictionary, SparseCoder, TemporalCoder {
  /** What it is. */
  DictionaryFacts facts();

  /**
   * Latents, zeros included.
   *
   * @param x {@code [n, ...]}, each row of the input's shape; a temporal dictionary takes {@code
   *     [batch, sequence, d]}
   * @return {@code [n, F]}, or {@code [n, sites, F]} where each site or layer has latents of its
   *     own
   * @throws IllegalArgumentException if the rows are of another shape
   */
  Tensor encode(Tensor x);

  /**
   * Reconstructions of the output from latents, which may be others than {@link #encode} found.
   *
   * @param latents as {@link #encode} returns them
   * @param x the input they are of: its scale, or what skips the latents, is added from it
   * @return {@code [n, ...]}, each row of the output's shape
   */
  Tensor decode(Tensor latents, Tensor x);

  /** Whether the latents of a row depend on no other row: false for batch top-k and in time. */
  boolean rowsAlone();

  /**
   * The same as an {@link Sae}, with sparse kernels, where one can express it; stays this one's.
   */
  default Optional<Sae> sae() {
    return Optional.empty();
  }

  @Override
  void close();
}
