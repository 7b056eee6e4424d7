package org.sememe.models.tokenizer;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Writes a Jinja template anew so that jinjava runs it as Jinja does with trim_blocks and
 * lstrip_blocks. Jinjava strips white space in front of every tag, not only at the start of a line;
 * it keeps what a loop sets for the next turn; it binds the {@code =} of a named argument before
 * other operators; and it knows no slices with a step, and no conditions in a loop's head.
 */
final class TemplateSource {
  private static final Pattern NAME = Pattern.compile("\\s*(\\w+)");
  private static final Pattern LITERAL =
      Pattern.compile("'(?:[^'\\\\]|\\\\.)*'|\"(?:[^\"\\\\]|\\\\.)*\"", Pattern.DOTALL);
  private static final Pattern END_RAW = Pattern.compile("\\{%([-+]?)\\s*endraw\\s*([-+]?)%}");

  private static final String REVERSED = "[::-1]"; // the one slice with a step that is in use

  /** Tags that mark what a model is trained on; they change no text. */
  private static final Set<String> IGNORED = Set.of("generation", "endgeneration");

  private static final Set<String> LOOPS_AND_CHOICES = Set.of("for", "if");

  private final String source;
  private final StringBuilder out = new StringBuilder();
  private final Deque<String> open = new ArrayDeque<>();
  private int at;
  private boolean lineStarts = true;

  private TemplateSource(String source) {
    this.source = source;
  }

  /**
   * The template for jinjava with its own stripping off.
   *
   * @throws ChatTemplate.TemplateRefusal if a tag has no end, or is of a kind that is not known
   */
  static String rewritten(String template) {
    // As Jinja reads a template: one kind of line end, and none at the very end.
    String lines = template.replace("\r\n", "\n").replace('\r', '\n');
    return new TemplateSource(lines.endsWith("\n") ? lines.substring(0, lines.length() - 1) : lines)
        .rewritten();
  }

  private String rewritten() {
    for (int tag = nextTag(); tag >= 0; tag = nextTag()) {
      char kind = source.charAt(tag + 1);
      char sign = tag + 2 < source.length() ? source.charAt(tag + 2) : ' ';
      boolean signed = sign == '-' || sign == '+' && kind != '{';
      text(source.substring(at, tag), signed ? sign : ' ', kind);
      at = tag + (signed ? 3 : 2);
      switch (kind) {
        case '#' -> comment();
        case '%' -> tag();
        default -> out.append("{{ ").append(inside("}}")).append(" }}");
      }
    }
    out.append(source, at, source.length());
    return out.toString();
  }

  private int nextTag() {
    for (int i = source.indexOf('{', at); i >= 0; i = source.indexOf('{', i + 1)) {
      if (i + 1 < source.length() && "{%#".indexOf(source.charAt(i + 1)) >= 0) {
        return i;
      }
    }
    return -1;
  }

  /** Text in front of a tag, without what the tag strips. */
  private void text(String text, char sign, char kind) {
    String kept = text;
    if (sign == '-') {
      kept = text.stripTrailing();
    } else if (sign != '+' && kind != '{') {
      int line = text.lastIndexOf('\n') + 1;
      boolean blank = text.substring(line).isBlank();
      kept = blank && (line > 0 || lineStarts) ? text.substring(0, line) : text;
    }
    out.append(kept);
  }

  private void comment() {
    int end = source.indexOf("#}", at);
    if (end < 0) {
      throw new ChatTemplate.TemplateRefusal("a comment in it has no end");
    }
    char sign = end > at ? source.charAt(end - 1) : ' ';
    at = end + 2;
    stripAfter(sign, true);
  }

  private void tag() {
    Matcher named = NAME.matcher(source).region(at, source.length());
    String name = named.lookingAt() ? named.group(1) : "";
    String content = inside("%}");
    switch (name) {
      case "raw" -> raw();
      case "for" -> {
        checkLoop(content);
        open.push(name);
        out.append("{% ").append(content).append(" %}{% scope %}");
      }
      case "endfor" -> {
        open.poll();
        out.append("{% endscope %}{% endfor %}");
      }
      default -> {
        if (name.equals("else") && "for".equals(open.peek())) {
          throw new ChatTemplate.TemplateRefusal("it has an else for a loop, which is not known");
        }
        if (LOOPS_AND_CHOICES.contains(name)) {
          open.push(name);
        } else if (name.equals("endif")) {
          open.poll();
        }
        if (!IGNORED.contains(name)) {
          out.append("{% ").append(content).append(" %}");
        }
      }
    }
  }

  private static void checkLoop(String content) {
    String code = LITERAL.matcher(content).replaceAll("''");
    if (code.matches("(?s).*\\bif\\b.*") && !code.matches("(?s).*\\belse\\b.*")) {
      throw new ChatTemplate.TemplateRefusal("it has a loop with a condition, which is not known");
    }
  }

  /** What stands between raw and endraw, as it is. */
  private void raw() {
    Matcher end = END_RAW.matcher(source);
    if (!end.find(at)) {
      throw new ChatTemplate.TemplateRefusal("raw in it has no end");
    }
    out.append("{% raw %}");
    text(source.substring(at, end.start()), (end.group(1) + " ").charAt(0), '%');
    out.append("{% endraw %}");
    at = end.end();
    stripAfter((end.group(2) + " ").charAt(0), true);
  }

  /** The inside of a tag; goes behind its end, and what that strips. */
  private String inside(String end) {
    StringBuilder inside = new StringBuilder();
    Deque<Boolean> brackets = new ArrayDeque<>(); // of each: whether a named value is open in it
    while (at < source.length()) {
      char c = source.charAt(at);
      if (brackets.isEmpty() && ends(end)) {
        boolean signed = c == '-' || c == '+';
        at += signed ? 3 : 2;
        stripAfter(signed ? c : ' ', end.equals("%}"));
        return inside.toString().strip();
      }
      if (source.startsWith(REVERSED, at)) {
        inside.append(" | reverse");
        at += REVERSED.length();
        continue;
      }
      switch (c) {
        case '\'', '"' -> {
          inside.append(literal(c));
          continue;
        }
        case '(', '[', '{' -> brackets.push(false);
        case ',' -> closeNamed(inside, brackets);
        case ')', ']', '}' -> {
          closeNamed(inside, brackets);
          brackets.poll();
        }
        default -> {}
      }
      inside.append(c);
      at++;
      if (c == '=' && !brackets.isEmpty() && lone(at - 1)) {
        brackets.pop();
        brackets.push(true);
        inside.append('(');
      }
    }
    throw new ChatTemplate.TemplateRefusal("a tag in it has no end");
  }

  private boolean ends(String end) {
    char c = source.charAt(at);
    boolean signed = c == '-' || c == '+' && end.equals("%}");
    return source.startsWith(end, signed ? at + 1 : at);
  }

  private static void closeNamed(StringBuilder inside, Deque<Boolean> brackets) {
    if (Boolean.TRUE.equals(brackets.peek())) {
      inside.append(')');
      brackets.pop();
      brackets.push(false);
    }
  }

  /** Whether an equals sign is no part of a comparison. */
  private boolean lone(int equals) {
    boolean before = equals > 0 && "=!<>".indexOf(source.charAt(equals - 1)) >= 0;
    boolean after = equals + 1 < source.length() && source.charAt(equals + 1) == '=';
    return !before && !after;
  }

  private String literal(char quote) {
    int end = at + 1;
    while (end < source.length() && source.charAt(end) != quote) {
      end += source.charAt(end) == '\\' ? 2 : 1;
    }
    if (end >= source.length()) {
      throw new ChatTemplate.TemplateRefusal("a text in it has no end");
    }
    String literal = source.substring(at, end + 1);
    at = end + 1;
    return literal;
  }

  private void stripAfter(char sign, boolean newline) {
    int from = at;
    if (sign == '-') {
      while (at < source.length() && Character.isWhitespace(source.charAt(at))) {
        at++;
      }
    } else if (newline && sign != '+' && at < source.length() && source.charAt(at) == '\n') {
      at++;
    }
    lineStarts = at > from && source.charAt(at - 1) == '\n';
  }
}
