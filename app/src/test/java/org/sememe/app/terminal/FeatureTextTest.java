package org.sememe.app.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.sememe.analysis.index.FeatureDetail;
import org.sememe.analysis.index.FeatureExample;

class FeatureTextTest {
  private static final String HOSTILE = "\u001B[31m\u0007a\u202Eb\r\u0000";

  private static FeatureDetail feature(List<String> tokens, int peak, float... activations) {
    return new FeatureDetail(
        12,
        List.of(" bay", HOSTILE),
        0.001,
        50,
        50_000,
        8,
        2,
        OptionalDouble.empty(),
        false,
        new FeatureDetail.Histogram(List.of(40L, 10L)),
        List.of(new FeatureDetail.Interval(0, 8, 50)),
        List.of(
            new FeatureExample(
                0,
                "top",
                0,
                activations[peak],
                peak,
                tokens,
                activations,
                Optional.empty(),
                Optional.empty())),
        new FeatureDetail.Logits(
            List.of(new FeatureDetail.Effect(" sea", 1.25)),
            List.of(new FeatureDetail.Effect(HOSTILE, -0.5))),
        List.of(new FeatureDetail.Neighbour(7, List.of(" gulf"), 0.61, 0.1)),
        List.of(),
        Optional.of(
            new FeatureDetail.Coactivation(
                50_000,
                50,
                List.of(
                    new FeatureDetail.Partner(9, List.of(" port", HOSTILE), 40, 60, 0.06, 0.73)))));
  }

  @Test
  void everyNumberHasItsSample() {
    String page =
        String.join(
            "\n",
            new FeatureText(false)
                .lines(feature(List.of("the", " bay", "."), 1, 0, 8, 0), "bays", "seen\ntwice"));
    assertThat(page)
        .contains("Feature 12  bays", "0.1000 % (50 of 50,000 tokens)", "maximum    8")
        .contains("raises      sea +1.25", "0.610  7   gulf", "note       seen / twice")
        .contains("(phi; of its 50 in 50,000 tokens; by chance)", "0.730  9   port")
        .contains("(40; 0.0600)")
        .contains("the‹ bay›.")
        .doesNotContain("\u001B");
  }

  @Test
  void colourIsOnlyWhereTheFeatureIsActive() {
    List<String> lines =
        new FeatureText(true).lines(feature(List.of("the", " bay", "."), 1, 0, 8, 1), "", "");
    assertThat(lines.getLast())
        .contains("the\u001B[1;4;30;48;5;208m bay\u001B[0m\u001B[30;48;5;230m.\u001B[0m");
  }

  @Test
  void noTextReachesTheTerminalAsAnythingElse() {
    for (boolean colour : new boolean[] {false, true}) {
      String page =
          String.join(
              "\n",
              new FeatureText(colour)
                  .lines(feature(List.of(HOSTILE, "x".repeat(5000)), 0, 8, 8), HOSTILE, HOSTILE));
      assertThat(page.replaceAll("\u001B\\[[0-9;]*m", colour ? "" : "kept"))
          .doesNotContain("\u001B", "\u0007", "\u202E", "\r", "\u0000")
          .contains("‹001B›[31m‹0007›a‹202E›b‹000D›‹0000›");
      assertThat(page.length()).isLessThan(3_000);
    }
  }
}
