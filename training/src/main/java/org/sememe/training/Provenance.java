package org.sememe.training;

import java.util.Map;

/**
 * Where a run's activations come from; kept in {@code run.json} and in the saved dictionary.
 *
 * @param hook hook point, for example {@code blocks.9.hook_resid_post}
 * @param model the model's name
 * @param modelSha256 of the model's file
 * @param text the name of what was read
 * @param textSha256 of the text; empty where it is read only as the run goes
 * @param more anything else worth keeping, in insertion order
 */
public record Provenance(
    String hook,
    String model,
    String modelSha256,
    String text,
    String textSha256,
    Map<String, String> more) {
  public Provenance {
    more = java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(more));
  }
}
