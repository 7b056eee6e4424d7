package org.sememe.app.terminal;

import java.util.ArrayList;
import java.util.List;

/**
 * Two texts beside each other. Control characters are shown as {@code ?}, so that no text steers
 * the terminal.
 *
 * @param width of each column, in characters
 */
public record TwoColumns(int width) {
  /** The lines. */
  public List<String> of(String left, String right) {
    List<String> a = wrapped(left);
    List<String> b = wrapped(right);
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < Math.max(a.size(), b.size()); i++) {
      String first = i < a.size() ? a.get(i) : "";
      String second = i < b.size() ? b.get(i) : "";
      int fill = Math.max(0, width - first.codePointCount(0, first.length()));
      lines.add((first + " ".repeat(fill) + "  " + second).stripTrailing());
    }
    return lines;
  }

  private List<String> wrapped(String text) {
    List<String> lines = new ArrayList<>();
    for (String paragraph : text.strip().split("\\R", -1)) {
      String left = paragraph.replace('\t', ' ').replaceAll("\\p{Cntrl}", "?");
      while (left.codePointCount(0, left.length()) > width) {
        int end = left.offsetByCodePoints(0, width);
        int space = left.lastIndexOf(' ', end);
        int cut = space > 0 ? space : end;
        lines.add(left.substring(0, cut));
        left = left.substring(cut).stripLeading();
      }
      lines.add(left);
    }
    return lines;
  }
}
