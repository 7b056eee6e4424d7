package org.sememe.app.terminal;

import java.io.PrintWriter;
import java.util.Map;

/**
 * Where a command speaks. Results go to standard output; progress and remarks to standard error.
 * With {@code --json} standard output carries nothing but one JSON object, so that a script can
 * read it; what people read then goes to standard error too. One thread at a time.
 */
public final class Terminal {
  /** Set by the launcher, which can ask whether standard error is a terminal; Java cannot. */
  private static final String INTERACTIVE = "sememe.terminal";

  private final PrintWriter out;
  private final PrintWriter err;
  private final boolean json;
  private final boolean interactive;

  public Terminal(PrintWriter out, PrintWriter err, boolean json) {
    this.out = out;
    this.err = err;
    this.json = json;
    this.interactive = Boolean.getBoolean(INTERACTIVE);
  }

  /** A line of the result, for people. */
  public void say(String line) {
    (json ? err : out).println(line);
    flush();
  }

  /** A piece of the result, for people, without a line's end. */
  public void write(String text) {
    (json ? err : out).print(text);
    flush();
  }

  /** A remark beside the result. */
  public void note(String line) {
    err.println(line);
    flush();
  }

  /** The result for scripts: printed as the last line if {@code --json} was given. */
  public void result(Map<String, ?> fields) {
    if (json) {
      out.println(JsonLine.of(fields));
      flush();
    }
  }

  /** Whether a person watches standard error. */
  public boolean interactive() {
    return interactive;
  }

  /**
   * Starts to show how far a piece of work is: a bar on a terminal, a line now and then elsewhere.
   *
   * @param task a short name
   * @param total the whole work in units, or -1 if it is not known
   */
  public Progress progress(String task, Unit unit, long total) {
    return interactive
        ? new BarProgress(task, unit, total)
        : new LineProgress(task, unit, total, this::note, System::nanoTime);
  }

  private void flush() {
    out.flush();
    err.flush();
  }
}
