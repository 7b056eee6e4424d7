package org.sememe.training;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Where a run's activations come from; kept in {@code run.json} and in the saved dictionary.
 *
 * @param hook hook point, for example {@code blocks.9.hook_resid_post}; several are separated by
 *     commas
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
  /** Where {@link #more} keeps the hook point of what is made of the rows, if it is another. */
  public static final String TARGET = "target";

  public Provenance {
    more = Collections.unmodifiableMap(new LinkedHashMap<>(more));
  }

  /** The same of some of the hook points. */
  public Provenance of(RowHooks hooks) {
    Map<String, String> own = new LinkedHashMap<>(more);
    own.remove(TARGET);
    hooks.target().ifPresent(target -> own.put(TARGET, target));
    return new Provenance(hooks.text(), model, modelSha256, text, textSha256, own);
  }

  /** The hook points. */
  public RowHooks hooks() {
    return RowHooks.of(hook, Optional.ofNullable(more.get(TARGET)));
  }
}
