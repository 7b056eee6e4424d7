package org.sememe.analysis.steering;

import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What is done to one feature. With activation {@code f}, decoder row {@code d} and strength {@code
 * c} the activation {@code x} at the hook point becomes:
 *
 * <ul>
 *   <li>clamp: {@code x + (c - f) d}
 *   <li>add: {@code x + c d}
 *   <li>scale: {@code x + (c - 1) f d}
 *   <li>ablate: {@code x - f d}
 *   <li>cap: {@code x - max(0, x·d/|d| - c |d|) d/|d|}, so that the component along the direction
 *       is at most that of {@code c d}
 *   <li>orthogonal: {@code (I - P) x + c P x} with {@code P = d dᵀ/|d|²}, so that 0 takes the
 *       direction out
 * </ul>
 *
 * The first four are {@code x + decode(edited codes) - decode(codes)}: what the dictionary does not
 * explain stays as it is.
 *
 * @param latent from 0
 * @param mode what is done
 * @param strength c, finite, in units of {@code unit}; 0 for {@code ABLATE}
 * @param unit of the strength; {@code RAW} for {@code SCALE} and {@code ORTHOGONAL}, whose strength
 *     is a factor, and for {@code ABLATE}, which has none
 */
public record Steer(int latent, Mode mode, double strength, Unit unit) {
  /** What is done to a feature; formulas at {@link Steer}. */
  public enum Mode {
    CLAMP,
    ADD,
    SCALE,
    ABLATE,
    CAP,
    ORTHOGONAL;

    /** As it is written. */
    public String key() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** Whether its strength is an activation, and so has a unit. */
    public boolean hasUnit() {
      return this == CLAMP || this == ADD || this == CAP;
    }

    /**
     * The mode that is written so.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Mode of(String key) {
      return choice(values(), key, "mode");
    }
  }

  /** What a strength is counted in. */
  public enum Unit {
    /** Activations, as the dictionary gives them. */
    RAW,
    /** The feature's largest activation on the indexed text. */
    MAX,
    /** The feature's mean activation where it is active on the indexed text. */
    MEAN;

    /** As it is written. */
    public String key() {
      return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The unit that is written so.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Unit of(String key) {
      return choice(values(), key, "unit");
    }
  }

  /** How {@link #parse} wants it, for help pages. */
  public static final String WHAT =
      "LATENT=STRENGTH[:MODE]. A strength is a multiple of the feature's maximum (5 or 5x), of its"
          + " mean (5xmean), or an activation (12raw); for scale and orthogonal a factor. Modes:"
          + " clamp (if none is given), add, scale, ablate (no strength), cap, orthogonal.";

  private static final Pattern TEXT =
      Pattern.compile(
          "(\\d{1,9})(?:=([-+]?[0-9.]+(?:[eE][-+]?\\d+)?)(x|xmax|xmean|raw)?)?(?::([a-z]+))?");

  /** Checks the values. */
  public Steer {
    if (latent < 0) {
      throw new IllegalArgumentException("latent " + latent + ": must be 0 or above");
    }
    if (!Double.isFinite(strength)) {
      throw new IllegalArgumentException("latent " + latent + ": strength is " + strength);
    }
    if (!mode.hasUnit() && unit != Unit.RAW) {
      throw new IllegalArgumentException(
          "latent "
              + latent
              + ": "
              + mode.key()
              + (mode == Mode.ABLATE ? " has no strength" : " takes a factor")
              + ", not a multiple of the "
              + unit.key());
    }
    if (mode == Mode.ABLATE && strength != 0) {
      throw new IllegalArgumentException("latent " + latent + ": ablate has no strength");
    }
  }

  /**
   * Reads what {@link #text} writes: see {@link #WHAT}.
   *
   * @throws IllegalArgumentException naming what is wrong
   */
  public static Steer parse(String text) {
    Matcher matcher = TEXT.matcher(text.strip());
    if (!matcher.matches()) {
      throw new IllegalArgumentException("'" + text + "': need " + WHAT);
    }
    int latent = Integer.parseInt(matcher.group(1));
    Mode mode = matcher.group(4) == null ? Mode.CLAMP : Mode.of(matcher.group(4));
    if (matcher.group(2) == null) {
      if (mode != Mode.ABLATE) {
        throw new IllegalArgumentException(
            "'" + text + "': a strength is missing, such as " + latent + "=5");
      }
      return new Steer(latent, mode, 0, Unit.RAW);
    }
    String suffix = matcher.group(3) == null ? "" : matcher.group(3);
    if (!mode.hasUnit() && !suffix.isEmpty() && !suffix.equals("raw") && !suffix.equals("x")) {
      throw new IllegalArgumentException("'" + text + "': " + mode.key() + " takes a factor");
    }
    Unit unit =
        switch (suffix) {
          case "raw" -> Unit.RAW;
          case "xmean" -> Unit.MEAN;
          default -> mode.hasUnit() ? Unit.MAX : Unit.RAW;
        };
    return new Steer(latent, mode, number(text, matcher.group(2)), unit);
  }

  private static double number(String text, String digits) {
    try {
      return Double.parseDouble(digits);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("'" + text + "': " + digits + " is not a number", e);
    }
  }

  /** On one word, as {@link #parse} reads it. */
  public String text() {
    if (mode == Mode.ABLATE) {
      return latent + ":" + mode.key();
    }
    String suffix =
        switch (unit) {
          case RAW -> mode.hasUnit() ? "raw" : "";
          case MAX -> "x";
          case MEAN -> "xmean";
        };
    return latent + "=" + plain(strength) + suffix + ":" + mode.key();
  }

  private static String plain(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e9
        ? Long.toString((long) value)
        : Double.toString(value);
  }

  private static <E extends Enum<E>> E choice(E[] values, String key, String name) {
    return Arrays.stream(values)
        .filter(value -> value.name().toLowerCase(Locale.ROOT).equals(key))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    name
                        + " '"
                        + key
                        + "': one of "
                        + Arrays.stream(values)
                            .map(value -> value.name().toLowerCase(Locale.ROOT))
                            .collect(Collectors.joining(", "))));
  }
}
