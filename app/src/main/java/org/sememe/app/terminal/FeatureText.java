package org.sememe.app.terminal;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.sememe.analysis.index.FeatureDetail;
import org.sememe.analysis.index.FeatureExample;

/**
 * A feature's page as lines for a terminal.
 *
 * @param colour whether activations are shown on a ramp of backgrounds; without, the token that an
 *     example was chosen for stands in ‹ ›
 */
public record FeatureText(boolean colour) {
  private static final int EXAMPLES = 10;
  private static final int BEFORE = 10;
  private static final int AFTER = 8;

  /** Backgrounds of the 256-colour palette, light to strong orange, all under black text. */
  private static final int[] RAMP = {230, 223, 222, 221, 215, 214, 208};

  /** The lines. */
  public List<String> lines(FeatureDetail feature, String label, String note) {
    List<String> lines = new ArrayList<>();
    String tokens =
        feature.topTokens().stream().map(VisibleText::of).collect(Collectors.joining(" | "));
    lines.add(strong("Feature " + feature.latent()) + (label.isEmpty() ? "" : "  " + shown(label)));
    if (!tokens.isEmpty()) {
      lines.add("fires on   " + tokens);
    }
    lines.add(
        String.format(
            Locale.ROOT,
            "density    %.4g %% (%,d of %,d tokens)",
            100 * feature.density(),
            feature.activeTokens(),
            feature.tokens()));
    if (feature.dead()) {
      lines.add("           never active: no examples");
    } else {
      lines.add(
          String.format(
              Locale.ROOT,
              "maximum    %.4g (mean where active %.4g)",
              feature.maxActivation(),
              feature.meanActivation()));
    }
    if (!note.isEmpty()) {
      lines.add("note       " + shown(note));
    }
    effects(lines, "raises", feature.logits().raised());
    effects(lines, "lowers", feature.logits().lowered());
    if (!feature.neighbours().isEmpty()) {
      lines.add("");
      lines.add(strong("Nearest decoder directions") + " (cosine)");
      for (FeatureDetail.Neighbour near : feature.neighbours().stream().limit(5).toList()) {
        lines.add(
            String.format(
                Locale.ROOT,
                "%7.3f  %d  %s",
                near.cosine(),
                near.latent(),
                tokens(near.topTokens())));
      }
    }
    together(lines, feature);
    List<FeatureExample> top =
        feature.examples().stream()
            .filter(example -> example.group().equals("top"))
            .limit(EXAMPLES)
            .toList();
    if (!top.isEmpty()) {
      lines.add("");
      lines.add(strong("Strongest examples") + " (" + top.size() + ")");
      top.forEach(example -> lines.add(example(example, feature.maxActivation())));
    }
    return lines;
  }

  private void together(List<String> lines, FeatureDetail feature) {
    if (feature.dead()) {
      return;
    }
    lines.add("");
    if (feature.coactivation().isEmpty()) {
      lines.add(strong("Fires together with") + " (not in this index: run sememe index again)");
      return;
    }
    FeatureDetail.Coactivation all = feature.coactivation().get();
    lines.add(
        strong("Fires together with")
            + String.format(
                Locale.ROOT,
                " (phi; of its %,d in %,d tokens; by chance)",
                all.active(),
                all.tokens()));
    if (all.partners().isEmpty()) {
      lines.add("           nothing more often than by chance");
    }
    for (FeatureDetail.Partner partner : all.partners().stream().limit(5).toList()) {
      lines.add(
          String.format(
              Locale.ROOT,
              "%7.3f  %d  %s  (%,d; %.3g)",
              partner.phi(),
              partner.latent(),
              tokens(partner.topTokens()),
              partner.together(),
              partner.expected()));
    }
  }

  private static String tokens(List<String> tokens) {
    return tokens.stream().limit(4).map(VisibleText::of).collect(Collectors.joining(" | "));
  }

  private static String shown(String text) {
    return text.lines().map(VisibleText::of).collect(Collectors.joining(" / "));
  }

  private static void effects(List<String> lines, String name, List<FeatureDetail.Effect> effects) {
    if (!effects.isEmpty()) {
      lines.add(
          "%-10s %s"
              .formatted(
                  name,
                  effects.stream()
                      .limit(8)
                      .map(e -> "%s %+.2f".formatted(VisibleText.of(e.token()), e.effect()))
                      .collect(Collectors.joining(" | "))));
    }
  }

  private String example(FeatureExample example, double max) {
    StringBuilder line =
        new StringBuilder(String.format(Locale.ROOT, "%8.3g  ", example.activation()));
    int from = Math.max(0, example.peak() - BEFORE);
    int to = Math.min(example.tokens().size(), example.peak() + 1 + AFTER);
    for (int i = from; i < to; i++) {
      String token = VisibleText.of(example.tokens().get(i));
      double share = max > 0 ? example.activations()[i] / max : 0;
      boolean peak = i == example.peak();
      if (colour && share > 0) {
        int step = (int) Math.min(RAMP.length - 1, share * RAMP.length);
        line.append("\u001B[").append(peak ? "1;4;" : "").append("30;48;5;").append(RAMP[step]);
        line.append('m').append(token).append("\u001B[0m");
      } else {
        line.append(peak ? "‹" + token + "›" : token);
      }
    }
    return line.toString();
  }

  private String strong(String text) {
    return colour ? "\u001B[1m" + text + "\u001B[0m" : text;
  }
}
