package org.sememe.app.scale;

import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import org.sememe.app.plot.PlotScale;
import org.sememe.app.plot.SvgFigure;
import org.sememe.training.scaling.Envelope;
import org.sememe.training.scaling.LawFit;
import org.sememe.training.scaling.ScalingPoint;

/**
 * Two panels: loss against width with L(n, k) through those that were trained longest, and loss
 * against compute with L(C) through the envelope of the best.
 */
final class ScaleSvg {
  private static final int WIDTH = 1040;
  private static final int TOP = 100;
  private static final int HEIGHT = 340;
  private static final int PANEL = 400;
  private static final int LEFT = 74;
  private static final int SECOND = LEFT + PANEL + 100;
  private static final int LEGEND = TOP + HEIGHT + 66;
  private static final double TERA = 1e12;

  private ScaleSvg() {}

  static String text(ScaleReport report) {
    SvgFigure figure = new SvgFigure(WIDTH, LEGEND + 40, "Loss against width and against compute");
    figure.heading(
        report.what(),
        String.format(
            Locale.ROOT,
            "n = %d dictionaries, a mark each, measured on %,d held-out rows; curves are the laws,"
                + " the left one through those with the most tokens",
            report.points().size(),
            report.rows()));
    if (!report.points().isEmpty()) {
      PlotScale y = scale(report, ScalingPoint::loss, TOP + HEIGHT, TOP + 14.0);
      sizes(figure, report, y);
      computes(figure, report, y);
    }
    List<Integer> ks = report.sparsities();
    for (int i = 0; i < ks.size(); i++) {
      figure.legend(i, LEFT + 130.0 * i, LEGEND, "k = " + ks.get(i));
    }
    return figure.finished();
  }

  private static PlotScale scale(
      ScaleReport report, ToDoubleFunction<ScalingPoint> of, double from, double to) {
    double[] sorted = report.points().stream().mapToDouble(of).sorted().toArray();
    return PlotScale.linear(sorted[0], sorted[sorted.length - 1], from, to);
  }

  private static void sizes(SvgFigure figure, ScaleReport report, PlotScale y) {
    double[] widths =
        report.points().stream().mapToDouble(ScalingPoint::latents).sorted().toArray();
    double least = widths[0];
    double most = widths[widths.length - 1];
    PlotScale x = PlotScale.powers(2, least, most, LEFT, LEFT + PANEL);
    figure.axes(x, y, "Fraction of variance unexplained", "latents n");
    List<Integer> ks = report.sparsities();
    for (int i = 0; i < ks.size(); i++) {
      int k = ks.get(i);
      figure.series(i);
      if (report.size().isPresent()) {
        LawFit fit = report.size().get();
        figure.curve(x, y, least, most, n -> fit.loss(at(Math.round(n), k, 1)));
      }
      for (ScalingPoint point : of(report.points(), k)) {
        figure.mark(i, x.at(point.latents()), y.at(point.loss()));
      }
      figure.end();
    }
  }

  private static void computes(SvgFigure figure, ScaleReport report, PlotScale y) {
    double[] flop =
        report.points().stream().mapToDouble(p -> p.compute() / TERA).sorted().toArray();
    double least = flop[0];
    double most = flop[flop.length - 1];
    PlotScale x = PlotScale.powers(10, least, most, SECOND, SECOND + PANEL);
    figure.axes(x, y, "The same, the best for each compute joined", "compute C, TFLOP");
    List<Integer> ks = report.sparsities();
    for (int i = 0; i < ks.size(); i++) {
      int k = ks.get(i);
      Envelope envelope = report.envelopes().get(k);
      figure.series(i);
      if (report.compute().containsKey(k)) {
        LawFit fit = report.compute().get(k);
        double from = envelope.points().getFirst().compute() / TERA;
        double to = envelope.points().getLast().compute() / TERA;
        figure.curve(x, y, from, to, c -> fit.loss(at(1, k, c * TERA)));
      } else {
        figure.line(
            envelope.points().stream()
                .flatMapToDouble(p -> DoubleStream.of(x.at(p.compute() / TERA), y.at(p.loss())))
                .toArray());
      }
      for (ScalingPoint point : of(report.points(), k)) {
        figure.mark(i, x.at(point.compute() / TERA), y.at(point.loss()));
      }
      figure.end();
    }
  }

  private static List<ScalingPoint> of(List<ScalingPoint> points, int k) {
    return points.stream().filter(point -> point.sparsity() == k).toList();
  }

  private static ScalingPoint at(long latents, int k, double compute) {
    return new ScalingPoint("", latents, k, 1, compute, 1);
  }
}
