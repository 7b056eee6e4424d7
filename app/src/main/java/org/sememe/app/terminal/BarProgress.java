package org.sememe.app.terminal;

import java.nio.charset.Charset;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** A bar with rate and time left, for a person at a terminal. */
final class BarProgress implements Progress {
  private static final int INTERVAL_MILLIS = 250;

  private final ProgressBar bar;

  BarProgress(String task, Unit unit, long total) {
    ProgressBarBuilder builder =
        new ProgressBarBuilder()
            .setTaskName(task)
            .setInitialMax(total)
            .setStyle(blocks() ? ProgressBarStyle.UNICODE_BLOCK : ProgressBarStyle.ASCII)
            .setUpdateIntervalMillis(INTERVAL_MILLIS)
            .setUnit(" " + unit.label(), unit.size())
            .showSpeed();
    this.bar = builder.build();
  }

  @Override
  public void update(long done, String remark) {
    bar.stepTo(done);
    bar.setExtraMessage(remark.isEmpty() ? "" : " " + remark);
  }

  @Override
  public void close() {
    bar.close();
  }

  private static boolean blocks() {
    return Charset.forName(System.getProperty("stderr.encoding", "US-ASCII"))
        .newEncoder()
        .canEncode('█');
  }
}
