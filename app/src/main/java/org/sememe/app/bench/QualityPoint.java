package org.sememe.app.bench;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A point of a run's curve.
 *
 * @param step steps done
 * @param rows rows trained on
 * @param seconds of training so far, measuring left out
 * @param fve on held-out rows
 * @param n those rows
 */
public record QualityPoint(long step, long rows, double seconds, double fve, long n) {
  Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("step", step);
    fields.put("rows", rows);
    fields.put("train_s", seconds);
    fields.put("fve", fve);
    fields.put("n", n);
    return fields;
  }
}
