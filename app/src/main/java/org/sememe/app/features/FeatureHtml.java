package org.sememe.app.features;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.sememe.analysis.index.DictionarySummary;
import org.sememe.analysis.index.FeatureDetail;
import org.sememe.analysis.index.FeatureExample;
import org.sememe.analysis.index.FeatureIndex;
import org.sememe.app.studio.FeatureNotes;
import org.sememe.app.terminal.VisibleText;

/**
 * Features as one page of plain HTML: no script, nothing loaded, every text escaped, and a policy
 * in the page that forbids all but its own style. Light and dark, and fit to print.
 */
final class FeatureHtml {
  private static final int AROUND = 24;
  private static final int STEPS = 9;

  private static final String STYLE =
      """
      :root { color-scheme: light dark; --a: #d56a17; --ink: light-dark(#1c1d22, #e9e7e2); --soft: light-dark(#686a73, #979aa5); --line: light-dark(#e4e1d9, #2b3038); }
      body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: light-dark(#fbfaf7, #14161b); max-width: 1100px; margin: 24px auto; padding: 0 20px; }
      article { border-top: 1px solid var(--line); padding: 16px 0; }
      h1 { font-size: 22px; } h2 { font-size: 19px; } h3 { font-size: 15px; margin: 14px 0 4px; }
      p, li { overflow-wrap: anywhere; } small, .soft { color: var(--soft); font-size: 13.5px; }
      bdi { font-family: ui-monospace, monospace; font-size: 14px; unicode-bidi: isolate; white-space: pre-wrap; }
      p bdi { background: light-dark(#f3f1ec, #20242b); border-radius: 4px; padding: 0 4px; }
      ol { list-style: none; padding: 0; margin: 0; } .examples li { border-bottom: 1px solid var(--line); padding: 4px 0; }
      .examples b { display: inline-block; min-width: 58px; font-weight: 600; }
      .peak { text-decoration: underline; text-decoration-thickness: 2px; text-underline-offset: 3px; font-weight: 650; }
      .bars { display: flex; align-items: end; gap: 1px; height: 90px; border-bottom: 1px solid var(--soft); }
      .bars i { flex: 1; background: var(--a); }
      @media print { article { break-inside: avoid-page; } }
      """;

  private FeatureHtml() {}

  static void write(FeatureIndex index, FeatureNotes notes, List<Integer> latents, Path file)
      throws IOException {
    DictionarySummary summary = index.summary();
    Map<Integer, FeatureNotes.Note> written = notes.all();
    String title = "Features of " + summary.model() + ", " + summary.hook();
    try (Writer out = Files.newBufferedWriter(file)) {
      out.write(
          "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\""
              + " content=\"width=device-width, initial-scale=1\"><meta"
              + " http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src"
              + " 'unsafe-inline'\"><title>"
              + escaped(title)
              + "</title><style>\n"
              + STYLE
              + ramp()
              + bars()
              + "</style></head><body>\n<h1>"
              + escaped(title)
              + "</h1>\n<p class=\"soft\">"
              + String.format(
                  Locale.ROOT,
                  "%,d of %,d latents; densities and maxima over %,d indexed tokens. Token colour:"
                      + " linear from 0 to the feature's maximum.",
                  latents.size(),
                  summary.latents(),
                  summary.tokens())
              + "</p>\n");
      for (int latent : latents) {
        article(
            out,
            index.feature(latent).orElseThrow(),
            written.getOrDefault(latent, FeatureNotes.Note.NONE));
      }
      out.write("</body></html>\n");
    }
  }

  private static String ramp() {
    StringBuilder css = new StringBuilder();
    for (int step = 1; step <= STEPS; step++) {
      css.append(
          ".a%d { background: color-mix(in srgb, var(--a) %d%%, transparent); }%n"
              .formatted(step, 10 * step));
    }
    return css.toString();
  }

  private static String bars() {
    StringBuilder css = new StringBuilder();
    for (int height = 0; height <= 20; height++) {
      css.append(".h%d { height: %d%%; }%n".formatted(height, 5 * height));
    }
    return css.toString();
  }

  private static void article(Writer out, FeatureDetail feature, FeatureNotes.Note note)
      throws IOException {
    out.write("<article id=\"f" + feature.latent() + "\"><h2>" + feature.latent());
    if (!note.label().isEmpty()) {
      out.write(" <span dir=\"auto\">" + escaped(VisibleText.of(note.label())) + "</span>");
    }
    out.write("</h2>\n<p>");
    for (String token : feature.topTokens()) {
      out.write(token(token) + " ");
    }
    out.write(
        String.format(
            Locale.ROOT,
            "</p><p>Density %.4g %% <small>(%,d of %,d tokens)</small>, maximum %.4g, mean where"
                + " active %.4g</p>%n",
            100 * feature.density(),
            feature.activeTokens(),
            feature.tokens(),
            feature.maxActivation(),
            feature.meanActivation()));
    for (String line : note.note().lines().toList()) {
      out.write("<p dir=\"auto\">" + escaped(VisibleText.of(line)) + "</p>\n");
    }
    histogram(out, feature);
    effects(out, "Raises", feature.logits().raised());
    effects(out, "Lowers", feature.logits().lowered());
    if (!feature.neighbours().isEmpty()) {
      out.write("<h3>Nearest decoder directions, by cosine</h3><p>");
      for (FeatureDetail.Neighbour near : feature.neighbours()) {
        out.write(String.format(Locale.ROOT, "%d (%.2f) ", near.latent(), near.cosine()));
      }
      out.write("</p>\n");
    }
    if (feature.coactivation().isPresent() && !feature.dead()) {
      together(out, feature.coactivation().get());
    }
    if (!feature.examples().isEmpty()) {
      out.write("<h3>" + feature.examples().size() + " examples</h3><ol class=\"examples\">\n");
      for (FeatureExample example : feature.examples()) {
        example(out, example, feature.maxActivation());
      }
      out.write("</ol>\n");
    }
    out.write("</article>\n");
  }

  private static void together(Writer out, FeatureDetail.Coactivation all) throws IOException {
    out.write(
        String.format(
            Locale.ROOT,
            "<h3>Fires together with, by phi <small>(shared of its %,d in %,d tokens; by"
                + " chance)</small></h3><p>",
            all.active(),
            all.tokens()));
    for (FeatureDetail.Partner partner : all.partners()) {
      out.write(
          String.format(
              Locale.ROOT,
              "%d (%.2f; %,d; %.3g) ",
              partner.latent(),
              partner.phi(),
              partner.together(),
              partner.expected()));
    }
    out.write(all.partners().isEmpty() ? "Nothing more often than by chance.</p>\n" : "</p>\n");
  }

  private static void histogram(Writer out, FeatureDetail feature) throws IOException {
    List<Long> counts = feature.histogram().counts();
    long most = counts.stream().mapToLong(Long::longValue).max().orElse(0);
    if (feature.dead() || most == 0) {
      out.write("<p class=\"soft\">Never active on the indexed tokens.</p>\n");
      return;
    }
    out.write(
        "<h3>Activations, counts on a log scale</h3><div class=\"bars\" role=\"img\" aria-label=\"Histogram\">");
    for (long count : counts) {
      long height =
          count == 0 ? 0 : Math.max(1, Math.round(20 * Math.log1p(count) / Math.log1p(most)));
      out.write("<i class=\"h" + height + "\" title=\"" + count + "\"></i>");
    }
    out.write(
        String.format(
            Locale.ROOT,
            "</div><small>0 to %.4g; n = %,d, at most %,d in a bin</small>%n",
            feature.maxActivation(),
            feature.activeTokens(),
            most));
  }

  private static void effects(Writer out, String name, List<FeatureDetail.Effect> effects)
      throws IOException {
    if (effects.isEmpty()) {
      return;
    }
    out.write("<h3>" + name + " the logit of (for each unit of activation)</h3><p>");
    for (FeatureDetail.Effect effect : effects) {
      out.write(
          token(effect.token()) + String.format(Locale.ROOT, " %+.2f &nbsp; ", effect.effect()));
    }
    out.write("</p>\n");
  }

  private static void example(Writer out, FeatureExample example, double max) throws IOException {
    out.write(String.format(Locale.ROOT, "<li><b>%.3g</b>", example.activation()));
    int from = Math.max(0, example.peak() - AROUND);
    int to = Math.min(example.tokens().size(), example.peak() + 1 + AROUND);
    for (int i = from; i < to; i++) {
      float activation = example.activations()[i];
      String classes =
          activation > 0 && max > 0
              ? "a" + Math.min(STEPS, 1 + (int) (activation / max * STEPS))
              : "";
      if (i == example.peak()) {
        classes += " peak";
      }
      out.write(
          "<bdi"
              + (classes.isEmpty() ? "" : " class=\"" + classes.strip() + "\"")
              + ">"
              + escaped(VisibleText.of(example.tokens().get(i)))
              + "</bdi>");
    }
    out.write("</li>\n");
  }

  private static String token(String text) {
    return "<bdi>" + escaped(VisibleText.of(text)) + "</bdi>";
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }
}
