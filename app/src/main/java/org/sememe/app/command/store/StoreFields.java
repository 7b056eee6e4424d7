package org.sememe.app.command.store;

import java.util.LinkedHashMap;
import java.util.Map;
import org.sememe.activations.HarvestResult;

/** What a script reads of a store that was written. */
public final class StoreFields {
  private StoreFields() {}

  /** The fields. */
  public static Map<String, Object> of(HarvestResult result) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("tokens", result.tokens());
    fields.put("documents", result.documents());
    fields.put("rows", result.rows());
    fields.put("tokens_per_s", result.tokensPerSecond());
    fields.put("sinks_excluded", result.sinksExcluded());
    fields.put("non_finite", result.nonFinite());
    fields.put("store", result.store().toAbsolutePath().normalize().toString());
    fields.put("reused", result.reused());
    return fields;
  }
}
