package org.sememe.models.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntPredicate;

/** The methods of Python's texts and dictionaries that chat templates call. */
final class PythonMethods {
  private PythonMethods() {}

  static Object ofText(String text, String method, Object[] arguments) {
    return switch (method) {
      case "strip" -> strip(text, true, true, arguments);
      case "lstrip" -> strip(text, true, false, arguments);
      case "rstrip" -> strip(text, false, true, arguments);
      case "startswith" -> text.startsWith(argument(method, arguments, 0));
      case "endswith" -> text.endsWith(argument(method, arguments, 0));
      case "upper" -> text.toUpperCase(Locale.ROOT);
      case "lower" -> text.toLowerCase(Locale.ROOT);
      case "capitalize" -> capitalised(text);
      case "title" -> title(text);
      case "replace" ->
          text.replace(argument(method, arguments, 0), argument(method, arguments, 1));
      case "find" -> (long) text.indexOf(argument(method, arguments, 0));
      case "split" -> split(text, arguments);
      case "join" -> String.join(text, strings(arguments));
      default -> throw unknown("text", method);
    };
  }

  static Object ofMap(Map<?, ?> map, String method, Object[] arguments) {
    return switch (method) {
      case "get" -> {
        Object value = map.get(argument(method, arguments, 0));
        yield value == null && arguments.length > 1 ? arguments[1] : value;
      }
      case "items" -> new ArrayList<>(map.entrySet());
      case "keys" -> new ArrayList<>(map.keySet());
      case "values" -> new ArrayList<>(map.values());
      default -> throw unknown("dictionary", method);
    };
  }

  private static String strip(String text, boolean left, boolean right, Object[] arguments) {
    String set = arguments.length == 0 || arguments[0] == null ? "" : arguments[0].toString();
    IntPredicate strips =
        set.isEmpty() ? PythonMethods::isSpace : character -> set.indexOf(character) >= 0;
    int[] points = text.codePoints().toArray();
    int start = 0;
    int end = points.length;
    while (left && start < end && strips.test(points[start])) {
      start++;
    }
    while (right && end > start && strips.test(points[end - 1])) {
      end--;
    }
    return new String(points, start, end - start);
  }

  /** Python's idea of white space. */
  private static boolean isSpace(int character) {
    return Character.isWhitespace(character)
        || Character.isSpaceChar(character)
        || character == 0x85;
  }

  private static List<String> split(String text, Object[] arguments) {
    long most = arguments.length > 1 ? ((Number) arguments[1]).longValue() : -1;
    List<String> parts = new ArrayList<>();
    if (arguments.length == 0 || arguments[0] == null) {
      for (String part : strip(text, true, true, arguments).split("[\\s\\p{Z}]+", -1)) {
        parts.add(part);
      }
      return parts.equals(List.of("")) ? new ArrayList<>() : parts;
    }
    String separator = arguments[0].toString();
    if (separator.isEmpty()) {
      throw new ChatTemplate.TemplateRefusal("it splits at an empty text");
    }
    int from = 0;
    for (int at = text.indexOf(separator);
        at >= 0 && (most < 0 || parts.size() < most);
        at = text.indexOf(separator, from)) {
      parts.add(text.substring(from, at));
      from = at + separator.length();
    }
    parts.add(text.substring(from));
    return parts;
  }

  private static String capitalised(String text) {
    return text.isEmpty()
        ? text
        : text.substring(0, 1).toUpperCase(Locale.ROOT)
            + text.substring(1).toLowerCase(Locale.ROOT);
  }

  private static String title(String text) {
    StringBuilder title = new StringBuilder();
    boolean inWord = false;
    for (char c : text.toCharArray()) {
      title.append(inWord ? Character.toLowerCase(c) : Character.toUpperCase(c));
      inWord = Character.isLetter(c);
    }
    return title.toString();
  }

  private static List<String> strings(Object[] arguments) {
    return arguments.length == 1 && arguments[0] instanceof List<?> list
        ? list.stream().map(String::valueOf).toList()
        : List.of();
  }

  private static String argument(String method, Object[] arguments, int index) {
    if (index >= arguments.length || arguments[index] == null) {
      throw new ChatTemplate.TemplateRefusal("it calls " + method + " with too little");
    }
    return arguments[index].toString();
  }

  private static ChatTemplate.TemplateRefusal unknown(String kind, String method) {
    return new ChatTemplate.TemplateRefusal(
        "it calls " + method + " of a " + kind + ", which is not known");
  }
}
