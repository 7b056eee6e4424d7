package org.sememe.training;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Signs, while there is time to stop, that a run will not end well. Each is told once. Measures are
 * smoothed over {@value #SMOOTHED} steps and looked at once as many are behind, so that a single
 * bad batch says nothing. One thread at a time.
 */
final class EarlyWarnings {
  private static final int SMOOTHED = 20;

  /** How many times its best the fraction of variance unexplained may be. */
  private static final double RISEN = 2;

  /** A rise is explained by sparsity where L0 fell below this share of what it was at the best. */
  private static final double AS_DENSE = 0.8;

  private static final double MOST_DEAD = 0.5;
  private static final double SPIKE = 100;

  private final int latents;
  private final Set<Sign> told = EnumSet.noneOf(Sign.class);
  private double fvu = Double.NaN;
  private double l0 = Double.NaN;
  private double norm = Double.NaN;
  private double best = Double.POSITIVE_INFINITY;
  private double l0AtBest;
  private long seen;

  private enum Sign {
    DIVERGING,
    WORSE_THAN_THE_MEAN,
    DEAD,
    SILENT,
    SPIKE,
    NOT_FINITE
  }

  /** Of a run of a dictionary of so many latents. */
  EarlyWarnings(int latents) {
    this.latents = latents;
  }

  /** What is to be said after a step, one line each. */
  List<String> after(TrainProgress at) {
    List<String> lines = new ArrayList<>();
    seen++;
    boolean settled = seen > SMOOTHED;
    if (settled && at.gradientNorm() > SPIKE * norm) {
      say(
          Sign.SPIKE,
          lines,
          "the gradient's norm jumped to %.3g, %.0f times its running mean: look for odd rows, or set clip",
          at.gradientNorm(),
          at.gradientNorm() / norm);
    }
    fvu = smooth(fvu, at.fvu());
    l0 = smooth(l0, at.l0());
    norm = smooth(norm, at.gradientNorm());
    if (at.skippedRows() > 0) {
      say(
          Sign.NOT_FINITE,
          lines,
          "%,d rows held a NaN or an infinity and were left out",
          at.skippedRows());
    }
    if (settled) {
      look(at, lines);
    }
    return lines;
  }

  private void look(TrainProgress at, List<String> lines) {
    if (fvu < best) {
      best = fvu;
      l0AtBest = l0;
    }
    if (fvu >= 1 && at.step() * 20 > at.steps()) {
      say(
          Sign.WORSE_THAN_THE_MEAN,
          lines,
          "the reconstruction is no better than the mean row (FVU %.3f): lower lr or the penalty",
          fvu);
    } else if (fvu > RISEN * best && l0 >= AS_DENSE * l0AtBest) {
      say(
          Sign.DIVERGING,
          lines,
          "the run diverges: FVU %.3f, %.1f times its best, at the same L0: lower lr",
          fvu,
          fvu / best);
    }
    if (at.dead() > MOST_DEAD * latents) {
      say(
          Sign.DEAD,
          lines,
          "%,d of %,d latents are dead: raise aux-weight, resample, or lower lr or the penalty",
          at.dead(),
          latents);
    }
    if (l0 < 1) {
      say(Sign.SILENT, lines, "%.2f latents are active on a row: the penalty is too strong", l0);
    }
  }

  private static double smooth(double mean, double value) {
    return Double.isNaN(mean) ? value : mean + (value - mean) / SMOOTHED;
  }

  private void say(Sign sign, List<String> lines, String line, Object... values) {
    if (told.add(sign)) {
      lines.add(String.format(Locale.ROOT, line, values));
    }
  }
}
