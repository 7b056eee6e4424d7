package org.sememe.analysis.evaluation;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What an evaluation measured, with the sample sizes.
 *
 * @param hook hook point the rows come from; several are separated by commas
 * @param hookOut hook point that is reconstructed: another than {@code hook} for a transcoder
 * @param split {@code held_out} or {@code train}
 * @param tokens tokens of that split run through the model when it was harvested, with those that
 *     have no row
 * @param evalTokens rows that reconstruction and latent use were measured on
 * @param evalDocuments documents those rows come from
 * @param sinksExcluded tokens of the whole store left out as sinks or special tokens
 * @param reconstruction how close the reconstructions are
 * @param fvuByHook the fraction of variance unexplained at each hook point alone, where several are
 *     reconstructed
 * @param decoderShareByHook how much of the decoder lies at each hook point, of a crosscoder
 * @param use how often latents fire
 * @param splice what the model predicts from reconstructions, when a model was given
 * @param seconds wall time
 */
public record EvaluationReport(
    String hook,
    String hookOut,
    String split,
    long tokens,
    long evalTokens,
    long evalDocuments,
    long sinksExcluded,
    ReconstructionScores reconstruction,
    Map<String, Double> fvuByHook,
    Map<String, DecoderShare> decoderShareByHook,
    LatentUse use,
    Optional<SpliceScores> splice,
    double seconds) {
  /** Copies the maps. What was written before there were several hook points has none. */
  public EvaluationReport {
    hookOut = hookOut == null ? hook : hookOut;
    fvuByHook = inOrder(fvuByHook);
    decoderShareByHook = inOrder(decoderShareByHook);
  }

  private static <T> Map<String, T> inOrder(Map<String, T> found) {
    return found == null ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(found));
  }

  /** The report as JSON fields, in a fixed order; the splice's are absent when there was none. */
  public Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("hook", hook);
    if (!hookOut.equals(hook)) {
      fields.put("hook_out", hookOut);
    }
    fields.put("split", split);
    fields.put("fvu", reconstruction.fvu());
    fields.put("fvu_interval", reconstruction.fvuInterval().toList());
    if (!fvuByHook.isEmpty()) {
      fields.put("fvu_by_hook", fvuByHook);
    }
    if (!decoderShareByHook.isEmpty()) {
      Map<String, Object> shares = new LinkedHashMap<>();
      decoderShareByHook.forEach((one, share) -> shares.put(one, share.fields()));
      fields.put("decoder_share_by_hook", shares);
    }
    fields.put("fve", reconstruction.fve());
    fields.put("mse", reconstruction.mse());
    fields.put("cosine", reconstruction.cosine());
    fields.put("l2_ratio", reconstruction.l2Ratio());
    fields.put("gamma", reconstruction.gamma());
    fields.put("gamma_interval", reconstruction.gammaInterval().toList());
    fields.put("l0", use.l0());
    fields.put("l0_interval", use.l0Interval().toList());
    fields.put("latents", use.firings().size());
    fields.put("dead_share", use.deadShare());
    fields.put("dead_window_tokens", use.rows());
    fields.put("density_histogram", use.densityHistogram().fields());
    splice.ifPresent(
        s -> {
          fields.put("ce_of", s.predicts());
          fields.put("ce_clean", s.ceClean());
          fields.put("ce_sae", s.ceSae());
          fields.put("ce_zero", s.ceZero());
          fields.put("ce_recovered", s.ceRecovered());
          fields.put("ce_recovered_interval", s.ceRecoveredInterval().toList());
          fields.put("kl", s.kl());
          fields.put("kl_interval", s.klInterval().toList());
          fields.put("kl_zero", s.klZero());
          fields.put("splice_tokens", s.tokens());
          fields.put("splice_contexts", s.contexts());
        });
    fields.put("tokens", tokens);
    fields.put("eval_tokens", evalTokens);
    fields.put("eval_documents", evalDocuments);
    fields.put("sinks_excluded", sinksExcluded);
    fields.put("eval_seconds", seconds);
    return fields;
  }
}
