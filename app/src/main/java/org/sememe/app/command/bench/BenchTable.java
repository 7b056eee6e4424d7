package org.sememe.app.command.bench;

import java.util.Locale;
import java.util.Map;
import org.sememe.app.terminal.Terminal;

/** A benchmark's fields, for people line by line and for scripts as one object. */
final class BenchTable {
  private BenchTable() {}

  static void print(Terminal terminal, Map<String, Object> fields) {
    fields.forEach(
        (name, value) ->
            terminal.say(
                String.format(Locale.ROOT, "%-32s %s", name.replace('_', ' '), shown(value))));
    terminal.result(fields);
  }

  private static String shown(Object value) {
    return value instanceof Double number
        ? String.format(Locale.ROOT, "%.4g", number)
        : value.toString();
  }
}
