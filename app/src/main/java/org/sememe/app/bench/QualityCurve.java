package org.sememe.app.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * What one contender reached, and when.
 *
 * @param points in order, the first before any step
 */
public record QualityCurve(List<QualityPoint> points) {
  /** Keeps a copy. */
  public QualityCurve {
    points = List.copyOf(points);
  }

  /** The last point. */
  public QualityPoint last() {
    return points.getLast();
  }

  /** Seconds of training up to the first point at or above a target. */
  public OptionalDouble secondsTo(double target) {
    return points.stream()
        .filter(point -> point.fve() >= target)
        .mapToDouble(QualityPoint::seconds)
        .findFirst();
  }

  /** Seconds of training from one point to the next, which is number {@code i}, at least 1. */
  double secondsOfSpan(int i) {
    return points.get(i).seconds() - points.get(i - 1).seconds();
  }

  Map<String, Object> fields(double target) {
    Map<String, Object> fields = new LinkedHashMap<>();
    OptionalDouble reached = secondsTo(target);
    fields.put("to_target_s", reached.isPresent() ? reached.getAsDouble() : null);
    fields.put("final_fve", last().fve());
    fields.put("steps", last().step());
    fields.put("train_s", last().seconds());
    fields.put("curve", points.stream().map(QualityPoint::fields).toList());
    return fields;
  }
}
