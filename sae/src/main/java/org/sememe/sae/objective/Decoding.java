package org.sememe.sae.objective;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

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
    return complete(sum(activations, decoder, norms));
  }

  /** Reconstructions by what all latents add, {@code [n, d_out]}. */
  private Tensor complete(Tensor sum) {
    Tensor points = rows.back(bias.map(sum::add).orElse(sum));
    return skip.map(points::add).orElse(points);
  }

  /**
   * Reconstructions by the strongest active latents of each row, for each budget one: what a budget
   * adds to the one before is decoded alone.
   *
   * @param budgets ascending
   */
  List<Tensor> reconstructBudgets(Tensor activations, List<Integer> budgets) {
    long rows = activations.size(0);
    long latents = activations.size(1);
    Tensor strengths = activations.detach().abs();
    long most = Math.min(budgets.getLast(), latents);
    Tensor strongest = torch.topk(strengths, most, 1, true, true).get1();
    Tensor weighed = norms.map(activations::div).orElse(activations);
    List<Tensor> made = new ArrayList<>();
    Tensor sum = activations.new_zeros(rows, decoder.size(1));
    long from = 0;
    for (int budget : budgets) {
      long count = Math.min(budget, latents) - from;
      if (count > 0) {
        Tensor which = strongest.narrow(1, from, count);
        Tensor values = weighed.gather(1, which).unsqueeze(1);
        Tensor directions =
            decoder.index_select(0, which.reshape(-1)).reshape(rows, count, decoder.size(1));
        sum = sum.add(values.bmm(directions).squeeze(1));
        from += count;
      }
      made.add(complete(sum));
    }
    return made;
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
