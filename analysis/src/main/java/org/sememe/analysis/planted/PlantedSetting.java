package org.sememe.analysis.planted;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What is planted.
 *
 * @param width d
 * @param features planted directions, F_true
 * @param firing which features a row has
 * @param spread a feature that fires has a value that is even over 1 - spread to 1 + spread; 0 to
 *     below 1
 * @param noise deviation of the Gaussian noise that is added to each coordinate; 0 is none
 */
public record PlantedSetting(
    int width, int features, FiringRule firing, double spread, double noise) {
  public PlantedSetting {
    if (width < 2 || features < 2) {
      throw new IllegalArgumentException(
          "planting needs at least 2 coordinates and 2 features, not %d and %d"
              .formatted(width, features));
    }
    if (!(spread >= 0 && spread < 1)) {
      throw new IllegalArgumentException("spread lies between 0 and 1, not " + spread);
    }
    if (!(noise >= 0 && Double.isFinite(noise))) {
      throw new IllegalArgumentException("noise must be 0 or above, not " + noise);
    }
    firing.check(features);
  }

  /** Mean number of features of a row. */
  public double l0() {
    return firing.l0(features);
  }

  /** The setting as JSON fields. */
  public Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("d", width);
    fields.put("features", features);
    fields.put("true_l0", l0());
    fields.put("firing", firing.toString());
    fields.put("spread", spread);
    fields.put("noise", noise);
    return fields;
  }
}
