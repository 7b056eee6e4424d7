package org.sememe.analysis.evaluation;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.sememe.sae.dictionary.Decoding;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.sae.dictionary.SparseCoder;
import org.sememe.tensors.TensorMemory;

/**
 * How much of a crosscoder's decoder rows lies at one hook point (Lindsey et al. 2024): of each
 * latent that fired, the norm of its row's part there over the sum of all its parts' norms, each in
 * units of the hook point's own spread (the root of the mean squared deviation of its rows), so
 * that a layer or model of large activations does not count for more.
 *
 * @param mean over latents; the means of all hook points sum to 1
 * @param mostly latents whose share here is {@value #MOSTLY} or more
 * @param latents that fired
 */
public record DecoderShare(double mean, long mostly, long latents) {
  /** The share from which on a latent is counted as one of this hook point alone. */
  public static final double MOSTLY = 0.9;

  /** The fields of a report. */
  Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("mean", mean);
    fields.put("mostly", mostly);
    fields.put("latents", latents);
    return fields;
  }

  /**
   * Those of a dictionary; none where it has one output, or latents of several layers make one.
   *
   * @param spreads of each hook point, in the order of outputs
   * @param firings of each latent
   */
  static Map<String, DecoderShare> of(
      Dictionary dictionary, Map<String, Double> spreads, List<Long> firings) {
    int sites = spreads.size();
    Optional<float[]> norms = sites < 2 ? Optional.empty() : norms(dictionary, sites);
    if (norms.isEmpty()) {
      return Map.of();
    }
    double[] scales = spreads.values().stream().mapToDouble(Double::doubleValue).toArray();
    double[] sums = new double[sites];
    long[] mostly = new long[sites];
    long fired = 0;
    for (int latent = 0; latent < firings.size(); latent++) {
      double[] parts = new double[sites];
      double whole = 0;
      for (int site = 0; site < sites; site++) {
        parts[site] = scales[site] > 0 ? norms.get()[latent * sites + site] / scales[site] : 0;
        whole += parts[site];
      }
      if (firings.get(latent) == 0 || !(whole > 0)) {
        continue;
      }
      fired++;
      for (int site = 0; site < sites; site++) {
        sums[site] += parts[site] / whole;
        mostly[site] += parts[site] >= MOSTLY * whole ? 1 : 0;
      }
    }
    Map<String, DecoderShare> shares = new LinkedHashMap<>();
    int site = 0;
    for (String hook : spreads.keySet()) {
      shares.put(hook, new DecoderShare(fired == 0 ? 0 : sums[site] / fired, mostly[site], fired));
      site++;
    }
    return shares;
  }

  /** Norms of the decoder rows' parts, {@code [F, sites]}. */
  private static Optional<float[]> norms(Dictionary dictionary, int sites) {
    if (!(dictionary instanceof SparseCoder coder)) {
      return Optional.empty();
    }
    try (PointerScope scope = new PointerScope()) {
      Optional<Tensor> rows =
          switch (coder.parts().decoding()) {
            case Decoding.Joint joint ->
                Optional.of(joint.weight().reshape(joint.weight().size(0), sites, -1));
            case Decoding.PerSite own -> Optional.of(own.weight().transpose(0, 1));
            case Decoding.UpToLayer _ -> Optional.empty();
          };
      return rows.map(all -> TensorMemory.floats(all.square().sum(2).sqrt().contiguous()));
    }
  }
}
