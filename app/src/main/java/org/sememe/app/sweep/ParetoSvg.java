package org.sememe.app.sweep;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.function.Function;
import org.sememe.tensors.AtomicFile;

/**
 * {@code pareto.svg}: FVU, and cross-entropy recovered where it was measured, against L0. A curve
 * has a colour and a mark of its own; each dictionary is a mark, and a line joins the means of the
 * recipes. The colours are Okabe and Ito's, which the colour-blind can tell apart.
 */
public final class ParetoSvg {
  /** The file's name. */
  public static final String FILE = "pareto.svg";

  private static final int WIDTH = 960;
  private static final int TOP = 76;
  private static final int HEIGHT = 330;
  private static final int LEFT = 74;
  private static final int GAP = 92;
  private static final int LEGEND_ROW = 24;

  private static final String STYLE =
      """
      <style>
      svg{--paper:#fff;--ink:#1c1d22;--soft:#5d5f68;--line:#e1ded6}
      .c0{--c:#0072b2}.c1{--c:#d55e00}.c2{--c:#009e73}.c3{--c:#b0568c}.c4{--c:#8a6d00}.c5{--c:#2f8fc4}.c6{--c:#1c1d22}
      @media(prefers-color-scheme:dark){svg{--paper:#14161b;--ink:#e9e7e2;--soft:#a2a5af;--line:#31363f}
      .c0{--c:#56b4e9}.c1{--c:#f08a3c}.c2{--c:#2fc79a}.c3{--c:#e39ac4}.c4{--c:#e6b800}.c5{--c:#9ad4f5}.c6{--c:#e9e7e2}}
      text{font:14px Inter,system-ui,sans-serif;fill:var(--ink)}
      .soft{fill:var(--soft);font-size:13px}.title{font-size:17px;font-weight:600}
      .grid{stroke:var(--line)}.mean{fill:none;stroke:var(--c);stroke-width:2}
      .mark{fill:var(--paper);stroke:var(--c);stroke-width:2}
      </style>
      """;

  /** The measure that a panel shows. */
  private record Panel(
      String title,
      Function<SweepScores, OptionalDouble> one,
      Function<RecipeMean, OptionalDouble> mean) {}

  private ParetoSvg() {}

  /** Writes the file into the sweep's folder. */
  public static void write(Sweep sweep, Path folder) throws IOException {
    AtomicFile.write(
        folder.resolve(FILE), out -> out.write(text(sweep).getBytes(StandardCharsets.UTF_8)));
  }

  static String text(Sweep sweep) {
    List<SweepMember> members =
        sweep.members().stream().filter(member -> member.scores().isPresent()).toList();
    List<String> series = members.stream().map(SweepMember::series).distinct().toList();
    List<Panel> panels = new ArrayList<>();
    panels.add(
        new Panel(
            "FVU (lower is better)",
            scores -> OptionalDouble.of(scores.fvu()),
            mean -> OptionalDouble.of(mean.fvu())));
    if (members.stream().anyMatch(m -> m.scores().orElseThrow().ceRecovered().isPresent())) {
      panels.add(
          new Panel(
              "Cross-entropy recovered (higher is better)",
              SweepScores::ceRecovered,
              RecipeMean::ceRecovered));
    }
    int height = TOP + HEIGHT + 66 + LEGEND_ROW * ((series.size() + 1) / 2);
    StringBuilder svg = new StringBuilder();
    add(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\""
            + " role=\"img\" aria-labelledby=\"title\">%n",
        WIDTH,
        height,
        WIDTH,
        height);
    svg.append("<title id=\"title\">How ")
        .append(members.size())
        .append(" dictionaries compare</title>\n")
        .append(STYLE)
        .append("<rect width=\"100%\" height=\"100%\" style=\"fill:var(--paper)\"/>\n");
    write(svg, 20, 30, "title", "start", heading(sweep, members.size()));
    write(svg, 20, 52, "soft", "start", sample(members));
    if (!members.isEmpty()) {
      int width = (WIDTH - LEFT - 24 - GAP * (panels.size() - 1)) / panels.size();
      for (int i = 0; i < panels.size(); i++) {
        panel(svg, sweep, members, series, panels.get(i), LEFT + i * (width + GAP), width);
      }
    }
    for (int i = 0; i < series.size(); i++) {
      int x = LEFT + i % 2 * (WIDTH - LEFT) / 2;
      int y = TOP + HEIGHT + 66 + LEGEND_ROW * (i / 2);
      add(svg, "<g class=\"c%d\"><path class=\"mean\" d=\"M%d %dh28\"/>", i % 7, x, y);
      mark(svg, i, x + 14, y);
      svg.append("</g>\n");
      write(svg, x + 38, y + 5, "", "start", series.get(i));
    }
    return svg.append("</svg>\n").toString();
  }

  private static String heading(Sweep sweep, int members) {
    return members
        + (members == 1 ? " dictionary of " : " dictionaries of ")
        + sweep.provenance().model()
        + ", "
        + sweep.provenance().hook();
  }

  private static String sample(List<SweepMember> members) {
    return members.stream()
        .flatMap(member -> member.scores().stream())
        .findFirst()
        .map(
            scores ->
                String.format(
                    Locale.ROOT,
                    "n = %,d held-out rows of %,d documents%s; a mark a dictionary, lines join means"
                        + " over seeds",
                    scores.rows(),
                    scores.documents(),
                    scores.spliceTokens() == 0
                        ? ""
                        : String.format(
                            Locale.ROOT, ", %,d predicted tokens", scores.spliceTokens())))
        .orElse("nothing was measured");
  }

  private static void panel(
      StringBuilder svg,
      Sweep sweep,
      List<SweepMember> members,
      List<String> series,
      Panel panel,
      int left,
      int width) {
    List<SweepScores> all = members.stream().map(m -> m.scores().orElseThrow()).toList();
    double[] values =
        all.stream().map(panel.one()).flatMapToDouble(OptionalDouble::stream).sorted().toArray();
    double[] sparsities = all.stream().mapToDouble(SweepScores::l0).sorted().toArray();
    PlotScale x =
        PlotScale.powersOfTwo(
            Math.max(1e-3, sparsities[0]), sparsities[sparsities.length - 1], left, left + width);
    PlotScale y = PlotScale.linear(values[0], values[values.length - 1], TOP + HEIGHT, TOP + 22.0);
    write(svg, left, TOP + 8, "", "start", panel.title());
    for (double tick : y.ticks()) {
      add(svg, "<path class=\"grid\" d=\"M%d %.1fh%d\"/>", left, y.at(tick), width);
      write(svg, left - 8, y.at(tick) + 4.5, "soft", "end", y.label(tick));
    }
    for (double tick : x.ticks()) {
      add(svg, "<path class=\"grid\" d=\"M%.1f %dV%d\"/>", x.at(tick), TOP + HEIGHT, TOP + 22);
      write(svg, x.at(tick), TOP + HEIGHT + 19, "soft", "middle", x.label(tick));
    }
    write(
        svg, left + width / 2.0, TOP + HEIGHT + 40, "soft", "middle", "L0, active latents a token");
    for (int i = 0; i < series.size(); i++) {
      String name = series.get(i);
      add(svg, "<g class=\"c%d\">", i % 7);
      List<RecipeMean> means =
          sweep.recipes().stream()
              .filter(mean -> mean.series().equals(name) && panel.mean().apply(mean).isPresent())
              .sorted(Comparator.comparingDouble(RecipeMean::l0))
              .toList();
      StringBuilder line = new StringBuilder();
      for (RecipeMean mean : means) {
        add(
            line,
            "%s%.1f %.1f",
            line.isEmpty() ? "M" : "L",
            x.at(Math.max(1e-3, mean.l0())),
            y.at(panel.mean().apply(mean).getAsDouble()));
      }
      add(svg, "<path class=\"mean\" d=\"%s\"/>", line);
      for (SweepMember member : members) {
        SweepScores scores = member.scores().orElseThrow();
        OptionalDouble value = panel.one().apply(scores);
        if (member.series().equals(name) && value.isPresent()) {
          mark(svg, i, x.at(Math.max(1e-3, scores.l0())), y.at(value.getAsDouble()));
        }
      }
      svg.append("</g>\n");
    }
  }

  /** As many marks as colours, so that a curve is known without its colour. */
  private static void mark(StringBuilder svg, int series, double x, double y) {
    String path =
        switch (series % 7) {
          case 0 -> "m-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0z";
          case 1 -> "m-4.5-4.5h9v9h-9z";
          case 2 -> "m0-5.5l5.5 10h-11z";
          case 3 -> "m0-6l6 6l-6 6l-6-6z";
          case 4 -> "m-5-5l10 10m0-10l-10 10";
          case 5 -> "m0 5.5l5.5-10h-11z";
          default -> "m0-6v12m-6-6h12";
        };
    add(svg, "<path class=\"mark\" d=\"M%.1f %.1f%s\"/>", x, y, path);
  }

  private static void write(
      StringBuilder svg, double x, double y, String style, String anchor, String text) {
    add(
        svg,
        "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n",
        style,
        x,
        y,
        anchor,
        text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"));
  }

  private static void add(StringBuilder svg, String format, Object... values) {
    svg.append(String.format(Locale.ROOT, format, values));
  }
}
