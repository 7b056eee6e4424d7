package org.sememe.app.terminal;

import java.util.Locale;

/** Times as people read them. */
public final class Durations {
  private Durations() {}

  /** {@code 0:07}, {@code 12:30} or {@code 1:02:03}. */
  public static String clock(double seconds) {
    long whole = Math.round(seconds);
    long hours = whole / 3600;
    long minutes = whole % 3600 / 60;
    return hours > 0
        ? String.format(Locale.ROOT, "%d:%02d:%02d", hours, minutes, whole % 60)
        : String.format(Locale.ROOT, "%d:%02d", minutes, whole % 60);
  }
}
