package org.sememe.app.plot;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A scale from values to pixels, with the values to write beside it.
 *
 * @param low value at {@code from}
 * @param high value at {@code to}
 * @param from pixel
 * @param to pixel
 * @param logarithmic whether equal factors are equally far apart
 * @param ticks values to write, ascending
 * @param decimals places that they need behind the point
 */
public record PlotScale(
    double low,
    double high,
    double from,
    double to,
    boolean logarithmic,
    List<Double> ticks,
    int decimals) {
  private static final int TICKS = 5;
  private static final double[] STRIDES = {1, 2, 2.5, 5, 10};

  /** Powers of {@code base}, from the one below the values to the one above. */
  public static PlotScale powers(int base, double least, double most, double from, double to) {
    int low = (int) Math.floor(Math.log(least * 0.95) / Math.log(base));
    int high = Math.max(low + 1, (int) Math.ceil(Math.log(most * 1.05) / Math.log(base)));
    int stride = Math.max(1, (high - low + 7) / 8);
    List<Double> ticks = new ArrayList<>();
    for (int power = low; power <= high; power += stride) {
      ticks.add(Math.pow(base, power));
    }
    return new PlotScale(
        Math.pow(base, low), Math.pow(base, high), from, to, true, ticks, Math.clamp(-low, 0, 6));
  }

  /** Round values around those to be shown, with some room. */
  public static PlotScale linear(double least, double most, double from, double to) {
    double room = Math.max((most - least) * 0.08, Math.max(1e-6, Math.abs(most) * 0.01));
    double low = least - room;
    double high = most + room;
    double rough = (high - low) / TICKS;
    double power = Math.pow(10, Math.floor(Math.log10(rough)));
    double stride = 10 * power;
    for (double candidate : STRIDES) {
      if (candidate * power >= rough) {
        stride = candidate * power;
        break;
      }
    }
    List<Double> ticks = new ArrayList<>();
    for (double at = Math.ceil(low / stride); at * stride <= high; at++) {
      ticks.add(at * stride);
    }
    int decimals = 0;
    for (double scaled = stride; decimals < 8 && !whole(scaled); scaled *= 10) {
      decimals++;
    }
    return new PlotScale(low, high, from, to, false, ticks, decimals);
  }

  private static boolean whole(double value) {
    return Math.abs(value - Math.rint(value)) < 1e-6 * Math.abs(value);
  }

  /** The pixel of a value. */
  public double at(double value) {
    double share =
        logarithmic ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
    return from + share * (to - from);
  }

  /** A tick as it is written. */
  public String label(double tick) {
    String text =
        String.format(Locale.ROOT, "%." + (logarithmic && tick >= 1 ? 0 : decimals) + "f", tick);
    return text.replace('-', '\u2212');
  }
}
