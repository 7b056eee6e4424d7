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
import java.util.stream.DoubleStream;
import org.sememe.app.plot.PlotScale;
import org.sememe.app.plot.SvgFigure;
import org.sememe.tensors.AtomicFile;

/**
 * {@code pareto.svg}: FVU, and cross-entropy recovered where it was measured, against L0. Each
 * dictionary is a mark, and a line joins the means of the recipes.
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
    SvgFigure figure =
        new SvgFigure(WIDTH, height, "How " + members.size() + " dictionaries compare");
    figure.heading(heading(sweep, members.size()), sample(members));
    if (!members.isEmpty()) {
      int width = (WIDTH - LEFT - 24 - GAP * (panels.size() - 1)) / panels.size();
      for (int i = 0; i < panels.size(); i++) {
        panel(figure, sweep, members, series, panels.get(i), LEFT + i * (width + GAP), width);
      }
    }
    for (int i = 0; i < series.size(); i++) {
      int x = LEFT + i % 2 * (WIDTH - LEFT) / 2;
      int y = TOP + HEIGHT + 66 + LEGEND_ROW * (i / 2);
      figure.legend(i, x, y, series.get(i));
    }
    return figure.finished();
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
      SvgFigure figure,
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
        PlotScale.powers(
            2,
            Math.max(1e-3, sparsities[0]),
            sparsities[sparsities.length - 1],
            left,
            left + width);
    PlotScale y = PlotScale.linear(values[0], values[values.length - 1], TOP + HEIGHT, TOP + 22.0);
    figure.axes(x, y, panel.title(), "L0, active latents a token");
    for (int i = 0; i < series.size(); i++) {
      String name = series.get(i);
      figure.series(i);
      List<RecipeMean> means =
          sweep.recipes().stream()
              .filter(mean -> mean.series().equals(name) && panel.mean().apply(mean).isPresent())
              .sorted(Comparator.comparingDouble(RecipeMean::l0))
              .toList();
      figure.line(
          means.stream()
              .flatMapToDouble(
                  mean ->
                      DoubleStream.of(
                          x.at(Math.max(1e-3, mean.l0())),
                          y.at(panel.mean().apply(mean).getAsDouble())))
              .toArray());
      for (SweepMember member : members) {
        SweepScores scores = member.scores().orElseThrow();
        OptionalDouble value = panel.one().apply(scores);
        if (member.series().equals(name) && value.isPresent()) {
          figure.mark(i, x.at(Math.max(1e-3, scores.l0())), y.at(value.getAsDouble()));
        }
      }
      figure.end();
    }
  }
}
