package org.sememe.app.scale;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.sememe.tensors.AtomicFile;
import org.sememe.training.scaling.Envelope;
import org.sememe.training.scaling.LawFit;
import org.sememe.training.scaling.ScalingPoint;

/**
 * What is written of a report: {@code scale.json}, {@code scale.csv}, {@code scale.svg}, and {@code
 * scale.html}, a page of its own with figure and numbers that needs nothing beside it.
 */
public final class ScaleFiles {
  /** The page's name. */
  public static final String PAGE = "scale.html";

  private static final ObjectMapper JSON = new ObjectMapper();

  private static final String HEAD =
      """
      <!doctype html>
      <html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
      <title>Scaling laws</title>
      <style>
      :root{color-scheme:light dark;--paper:#fff;--ink:#1c1d22;--soft:#5d5f68;--line:#e1ded6}
      @media(prefers-color-scheme:dark){:root{--paper:#14161b;--ink:#e9e7e2;--soft:#a2a5af;--line:#31363f}}
      body{background:var(--paper);color:var(--ink);font:15px/1.5 Inter,system-ui,sans-serif;max-width:1060px;margin:24px auto;padding:0 16px}
      svg{max-width:100%;height:auto}
      h2{font-size:17px;margin:28px 0 4px}p{margin:4px 0;color:var(--soft)}
      table{border-collapse:collapse;margin:8px 0;font-variant-numeric:tabular-nums}
      th,td{padding:4px 14px 4px 0;border-bottom:1px solid var(--line);text-align:right}
      th:first-child,td:first-child{text-align:left}th{color:var(--soft);font-weight:500}
      </style>
      """;

  private ScaleFiles() {}

  /** Writes all of them into a folder that exists. */
  public static void write(ScaleReport report, Path folder) throws IOException {
    put(
        folder.resolve("scale.json"),
        JSON.writerWithDefaultPrettyPrinter().writeValueAsString(report.fields()));
    put(folder.resolve("scale.csv"), csv(report));
    put(folder.resolve("scale.svg"), ScaleSvg.text(report));
    put(folder.resolve(PAGE), page(report));
  }

  private static void put(Path file, String text) throws IOException {
    AtomicFile.write(file, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
  }

  static String csv(ScaleReport report) {
    StringBuilder text =
        new StringBuilder("name,latents,k,tokens,flop,fvu,size_law_fvu,on_envelope\n");
    for (ScalingPoint point : report.points()) {
      Envelope envelope = report.envelopes().get((int) point.sparsity());
      text.append(point.name())
          .append(',')
          .append(point.latents())
          .append(',')
          .append((int) point.sparsity())
          .append(',')
          .append(point.tokens())
          .append(',')
          .append(point.compute())
          .append(',')
          .append(point.loss())
          .append(',')
          .append(report.size().map(fit -> Double.toString(fit.loss(point))).orElse(""))
          .append(',')
          .append(envelope.points().contains(point))
          .append('\n');
    }
    return text.toString();
  }

  static String page(ScaleReport report) {
    StringBuilder page = new StringBuilder(HEAD);
    page.append(ScaleSvg.text(report));
    report.size().ifPresent(fit -> law(page, "Width and sparsity", fit));
    report.compute().forEach((k, fit) -> law(page, "Compute at k = " + k, fit));
    page.append("<h2>The best for each compute</h2><p>C counts dense training, 12 n d FLOP a token")
        .append("</p><table><tr><th>k<th>dictionaries on it<th>n grows as C to the")
        .append("<th>tokens grow as C to the</tr>\n");
    report
        .envelopes()
        .forEach(
            (k, envelope) ->
                row(
                    page,
                    List.of(
                        Integer.toString(k),
                        Integer.toString(envelope.points().size()),
                        shown(envelope.widthExponent()),
                        shown(envelope.tokensExponent()))));
    return page.append("</table></html>\n").toString();
  }

  private static void law(StringBuilder page, String title, LawFit fit) {
    page.append("<h2>").append(title).append("</h2><p>").append(fit.law().formula());
    page.append(
        String.format(
            Locale.ROOT,
            "</p><p>fitted to %d dictionaries; relative error on them %s, left out one by one %s,"
                + " the largest left out %s</p>",
            fit.points().size(),
            percent(OptionalDouble.of(fit.error())),
            percent(fit.leaveOneOut()),
            percent(fit.extrapolation())));
    page.append("<table><tr><th>parameter<th>value<th>95 % interval</tr>\n");
    IntStream.range(0, fit.parameters().size())
        .forEach(
            i ->
                row(
                    page,
                    List.of(
                        fit.law().names().get(i),
                        shown(OptionalDouble.of(fit.parameters().get(i))),
                        shown(OptionalDouble.of(fit.intervals().get(i).getFirst()))
                            + " to "
                            + shown(OptionalDouble.of(fit.intervals().get(i).getLast())))));
    page.append("</table>\n");
  }

  private static void row(StringBuilder page, List<String> cells) {
    page.append("<tr>");
    cells.forEach(cell -> page.append("<td>").append(cell));
    page.append("</tr>\n");
  }

  private static String shown(OptionalDouble value) {
    return value.isPresent() ? String.format(Locale.ROOT, "%.4g", value.getAsDouble()) : "too few";
  }

  private static String percent(OptionalDouble value) {
    return value.isPresent()
        ? String.format(Locale.ROOT, "%.2f %%", 100 * value.getAsDouble())
        : "(too few to say)";
  }
}
