package org.sememe.tensors;

import java.io.IOException;
import java.nio.file.Path;

/** A file is not what it should be: cut short, altered, or of another kind. */
public final class FormatException extends IOException {
  private static final long serialVersionUID = 1;

  private static final int LIMIT = 400;

  private final long offset;

  /**
   * A message of the form {@code FILE: at byte OFFSET: PROBLEM}.
   *
   * @param file the damaged file
   * @param offset of the first byte that does not fit
   * @param problem what is wrong there, on one line, and what to do where that is not plain
   */
  public FormatException(Path file, long offset, String problem) {
    super(file + ": at byte " + offset + ": " + onOneLine(problem));
    this.offset = offset;
  }

  /** Names in a damaged file may hold anything, of any length. */
  private static String onOneLine(String problem) {
    String start = problem.length() > LIMIT ? problem.substring(0, LIMIT) + "..." : problem;
    return start.replaceAll("[\\p{Cntrl}\\u0085\\u2028\\u2029]", "?");
  }

  /** The offset of the first byte that does not fit. */
  public long offset() {
    return offset;
  }
}
