package org.sememe.app.studio;

import java.util.List;
import java.util.OptionalDouble;
import org.sememe.analysis.index.DictionarySummary;

/**
 * Serves the made-up dictionary, to look at the pages: the first argument is the port (8765 unless
 * given).
 */
public final class StudioPreview {
  private StudioPreview() {}

  static final List<DictionarySummary.Metric> METRICS =
      List.of(
          new DictionarySummary.Metric(
              "fve", 0.831, OptionalDouble.of(0.829), OptionalDouble.of(0.833), 240_000, "tokens"),
          new DictionarySummary.Metric(
              "ce_recovered",
              0.964,
              OptionalDouble.of(0.961),
              OptionalDouble.of(0.967),
              32_768,
              "tokens"),
          new DictionarySummary.Metric(
              "l0", 32, OptionalDouble.empty(), OptionalDouble.empty(), 240_000, "tokens"));

  static StudioOptions options(SyntheticFeatures features) {
    return StudioOptions.of(features)
        .withModel(() -> new SyntheticModel(features))
        .withMetrics(METRICS);
  }

  public static void main(String[] arguments) throws InterruptedException {
    int port = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 8765;
    SyntheticFeatures features = new SyntheticFeatures(2_000, 4_000, 1);
    try (StudioServer server = StudioServer.start(options(features).withPort(port))) {
      System.out.println(server.address());
      Thread.currentThread().join();
    }
  }
}
