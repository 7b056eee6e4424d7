package org.sememe.app.command.options;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.TypeConversionException;

/**
 * Whole numbers as people write them: {@code 1000000}, {@code 1_000_000}, {@code 240k}, {@code
 * 1.5M}.
 */
public final class Count {
  private static final Pattern WRITTEN =
      Pattern.compile("(-?[0-9][0-9_,]*)(?:\\.([0-9]{1,9}))?([kKmMgG]?)");

  private Count() {}

  /**
   * The number that {@code text} stands for.
   *
   * @throws TypeConversionException if it is not a whole number, or too large
   */
  public static long parse(String text) {
    Matcher written = WRITTEN.matcher(text.strip());
    if (!written.matches()) {
      throw wrong(text);
    }
    int zeros =
        switch (written.group(3)) {
          case "k", "K" -> 3;
          case "m", "M" -> 6;
          case "g", "G" -> 9;
          default -> 0;
        };
    String fraction = written.group(2) == null ? "" : written.group(2);
    if (fraction.length() > zeros) {
      throw wrong(text);
    }
    String digits = written.group(1).replaceAll("[_,]", "") + fraction;
    try {
      return Long.parseLong(digits + "0".repeat(zeros - fraction.length()));
    } catch (NumberFormatException e) {
      throw wrong(text);
    }
  }

  /** The same, where the number must fit an {@code int}. */
  public static int parseInt(String text) {
    long value = parse(text);
    if (value != (int) value) {
      throw wrong(text);
    }
    return (int) value;
  }

  private static TypeConversionException wrong(String text) {
    return new TypeConversionException(
        "'" + text + "' is not a whole number such as 1000000, 1_000_000, 240k or 1M");
  }
}
