package org.sememe.app.plot;

import java.util.Locale;
import java.util.function.DoubleUnaryOperator;

/**
 * A figure that is drawn part by part. A series has a colour and a mark of its own, so that it is
 * known without its colour; the colours are Okabe and Ito's, which the colour-blind can tell apart,
 * for a light and a dark page.
 */
public final class SvgFigure {
  private static final int SERIES = 7;

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

  private final StringBuilder svg = new StringBuilder();

  /** An empty figure of so many pixels, with the title that a screen reader says. */
  public SvgFigure(int width, int height, String title) {
    add(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\""
            + " role=\"img\" aria-labelledby=\"title\">%n",
        width, height, width, height);
    svg.append("<title id=\"title\">")
        .append(escaped(title))
        .append("</title>\n")
        .append(STYLE)
        .append("<rect width=\"100%\" height=\"100%\" style=\"fill:var(--paper)\"/>\n");
  }

  /** Heading and sample size above the panels. */
  public void heading(String heading, String sample) {
    text(20, 30, "title", "start", heading);
    text(20, 52, "soft", "start", sample);
  }

  /** Text: {@code style} soft, title or empty; {@code anchor} start, middle or end. */
  public void text(double x, double y, String style, String anchor, String text) {
    add(
        "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n",
        style, x, y, anchor, escaped(text));
  }

  /** A panel's title, grid and numbers. */
  public void axes(PlotScale x, PlotScale y, String title, String below) {
    double left = x.from();
    double bottom = y.from();
    text(left, y.to() - 14, "", "start", title);
    for (double tick : y.ticks()) {
      add("<path class=\"grid\" d=\"M%.1f %.1fH%.1f\"/>", left, y.at(tick), x.to());
      text(left - 8, y.at(tick) + 4.5, "soft", "end", y.label(tick));
    }
    for (double tick : x.ticks()) {
      add("<path class=\"grid\" d=\"M%.1f %.1fV%.1f\"/>", x.at(tick), bottom, y.to());
      text(x.at(tick), bottom + 19, "soft", "middle", x.label(tick));
    }
    text((left + x.to()) / 2, bottom + 40, "soft", "middle", below);
  }

  /** What follows belongs to a series, until {@link #end}. */
  public void series(int number) {
    add("<g class=\"c%d\">", number % SERIES);
  }

  /** Ends a series. */
  public void end() {
    svg.append("</g>\n");
  }

  /** A line through points, x and y in turns, of the series that is open. */
  public void line(double... points) {
    svg.append("<path class=\"mean\" d=\"");
    for (int i = 0; i < points.length; i += 2) {
      add("%s%.1f %.1f", i == 0 ? "M" : "L", points[i], points[i + 1]);
    }
    svg.append("\"/>");
  }

  /** The line of a function between two values, of the series that is open. */
  public void curve(PlotScale x, PlotScale y, double from, double to, DoubleUnaryOperator f) {
    int steps = 64;
    double[] points = new double[2 * steps + 2];
    for (int i = 0; i <= steps; i++) {
      double value = from * Math.pow(to / from, i / (double) steps);
      points[2 * i] = x.at(value);
      points[2 * i + 1] = y.at(f.applyAsDouble(value));
    }
    line(points);
  }

  /** A mark; as many forms as colours. */
  public void mark(int series, double x, double y) {
    String path =
        switch (series % SERIES) {
          case 0 -> "m-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0z";
          case 1 -> "m-4.5-4.5h9v9h-9z";
          case 2 -> "m0-5.5l5.5 10h-11z";
          case 3 -> "m0-6l6 6l-6 6l-6-6z";
          case 4 -> "m-5-5l10 10m0-10l-10 10";
          case 5 -> "m0 5.5l5.5-10h-11z";
          default -> "m0-6v12m-6-6h12";
        };
    add("<path class=\"mark\" d=\"M%.1f %.1f%s\"/>", x, y, path);
  }

  /** A series' line, mark and name. */
  public void legend(int number, double x, double y, String name) {
    series(number);
    line(x, y, x + 28, y);
    mark(number, x + 14, y);
    end();
    text(x + 38, y + 5, "", "start", name);
  }

  /** The whole figure. */
  public String finished() {
    return svg + "</svg>\n";
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  private void add(String format, Object... values) {
    svg.append(String.format(Locale.ROOT, format, values));
  }
}
