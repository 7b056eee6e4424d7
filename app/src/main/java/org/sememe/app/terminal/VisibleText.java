package org.sememe.app.terminal;

/**
 * A token's text for a terminal, on one line and without anything that would move the cursor,
 * colour or reorder the line: a newline is drawn as ↵, a tab as ⇥, and control, direction and
 * zero-width characters by their code point. Of a very long text the middle is left out, and that
 * is said.
 */
public final class VisibleText {
  private static final int LONGEST = 120;
  private static final int END = 20;

  private VisibleText() {}

  /** The text as it can be shown. */
  public static String of(String text) {
    if (text.isEmpty()) {
      return "∅";
    }
    int length = text.codePointCount(0, text.length());
    if (length > LONGEST) {
      return drawn(text.substring(0, text.offsetByCodePoints(0, LONGEST - END)))
          + "… %,d more characters …".formatted(length - LONGEST)
          + drawn(text.substring(text.offsetByCodePoints(text.length(), -END)));
    }
    return drawn(text);
  }

  private static String drawn(String text) {
    StringBuilder out = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c -> {
              if (c == '\n') {
                out.append('↵');
              } else if (c == '\t') {
                out.append('⇥');
              } else if (hidden(c)) {
                out.append("‹%04X›".formatted(c));
              } else {
                out.appendCodePoint(c);
              }
            });
    return out.toString();
  }

  private static boolean hidden(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.UNASSIGNED,
          Character.PRIVATE_USE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          true;
      default -> false;
    };
  }
}
