package org.sememe.app.terminal;

import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * A plain line now and then, for log files: soon after the start, every ten seconds, at the end.
 */
final class LineProgress implements Progress {
  private static final double FIRST_SECONDS = 2;
  private static final double EVERY_SECONDS = 10;

  private final String task;
  private final Unit unit;
  private final long total;
  private final Consumer<String> lines;
  private final LongSupplier nanos;
  private final long start;
  private double next = FIRST_SECONDS;
  private long first = -1;
  private long last;
  private String remark = "";

  LineProgress(String task, Unit unit, long total, Consumer<String> lines, LongSupplier nanos) {
    this.task = task;
    this.unit = unit;
    this.total = total;
    this.lines = lines;
    this.nanos = nanos;
    this.start = nanos.getAsLong();
  }

  @Override
  public void update(long done, String newRemark) {
    first = first < 0 ? done : first;
    last = done;
    remark = newRemark;
    double seconds = seconds();
    if (seconds >= next && done != total) {
      next = seconds + EVERY_SECONDS;
      lines.accept(line(seconds));
    }
  }

  @Override
  public void close() {
    if (first >= 0) {
      lines.accept(line(seconds()));
    }
  }

  private double seconds() {
    return (nanos.getAsLong() - start) / 1e9;
  }

  private String line(double seconds) {
    StringBuilder line = new StringBuilder(task).append(": ").append(amount(last));
    if (total > 0) {
      line.append(" of ").append(amount(total));
    }
    line.append(' ').append(unit.label());
    // Work that was done before the start, as in a resumed run, is not part of the rate.
    double rate = seconds > 0 ? (last - first) / seconds : 0;
    if (rate > 0) {
      line.append(String.format(Locale.ROOT, ", %,.1f/s", rate / unit.size()));
      if (total > last) {
        line.append(", ").append(Durations.clock((total - last) / rate)).append(" left");
      } else {
        line.append(", took ").append(Durations.clock(seconds));
      }
    }
    return (remark.isEmpty() ? line : line.append(", ").append(remark)).toString();
  }

  private String amount(long units) {
    return unit.size() == 1
        ? String.format(Locale.ROOT, "%,d", units)
        : String.format(Locale.ROOT, "%,.1f", (double) units / unit.size());
  }
}
