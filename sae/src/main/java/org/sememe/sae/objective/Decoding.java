package org.sememe.sae.objective;

import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * From activations to reconstructions.
 *
 * @param decoder {@code [F, d_out]}
 * @param bias {@code [d_out]}
 * @param norms what activations are divided by, {@code [F]}
 * @param skip what the skip connection adds, {@code [n, d_out]}
 * @param rows whose norm is undone
 */
record Decoding(
    Tensor decoder,
    Optional<Tensor> bias,
    Optional<Tensor> norms,
    Optional<Tensor> skip,
    NormedRows rows) {

  /** Reconstructions {@code [n, d_out]} of activations {@code [n, F]}. */
  Tensor reconstruct(Tensor activations) {
    Tensor sum = sum(activations, decoder, norms);
    Tensor points = rows.back(bias.map(sum::add).orElse(sum));
    return skip.map(points::add).orElse(points);
  }

  /** Reconstructions by the first {@code latents} alone. */
  Tensor reconstructPrefix(Tensor activations, int latents) {
    long known = decoder.size(0);
    if (latents > known) {
      throw new IllegalArgumentException(
          "a prefix of " + latents + " latents, but the dictionary has " + known);
    }
    Decoding prefix =
        new Decoding(
            decoder.narrow(0, 0, latents),
            bias,
            norms.map(all -> all.narrow(0, 0, latents)),
            skip,
            rows);
    return prefix.reconstruct(activations.narrow(1, 0, latents));
  }

  /** What chosen latents add, without bias and skip connection; activations {@code [n, chosen]}. */
  Tensor contributions(Tensor activations, Tensor chosen) {
    return rows.backDirections(
        sum(
            activations,
            decoder.index_select(0, chosen),
            norms.map(all -> all.index_select(0, chosen))));
  }

  /** The same without the skip connection. */
  Decoding withoutSkip() {
    return new Decoding(decoder, bias, norms, Optional.empty(), rows);
  }

  private static Tensor sum(Tensor activations, Tensor decoder, Optional<Tensor> norms) {
    return norms.map(activations::div).orElse(activations).matmul(decoder);
  }
}
