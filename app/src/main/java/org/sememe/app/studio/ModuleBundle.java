package org.sememe.app.studio;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * ES modules and all that they import as one module, so that a browser asks once instead of once a
 * file. Each module becomes a function that is called once, after those that it imports, and
 * returns what it exports; its other names stay its own. It reads the forms that the pages use:
 * {@code import { a, b as c } from './x.js';}, {@code export function}, {@code export const} and a
 * last {@code export { a, b as c };}. Anything else that begins a line with {@code import} or
 * {@code export} is refused, as are circles.
 */
final class ModuleBundle {
  private static final Pattern IMPORT =
      Pattern.compile("^import\\s*\\{([^}]*)}\\s*from\\s*'([^']+)';", Pattern.MULTILINE);
  private static final Pattern DECLARED =
      Pattern.compile("^export ((?:async )?function\\*? (\\w+)|const (\\w+))", Pattern.MULTILINE);
  private static final Pattern LISTED = Pattern.compile("\\bexport\\s*\\{([^}]*)};?\\s*$");
  private static final Pattern OTHER =
      Pattern.compile("^(?:import|export)\\b.*", Pattern.MULTILINE);

  private final UnaryOperator<String> sources;

  /** The variable of each module that is written; empty while those that it imports are. */
  private final Map<String, String> variables = new LinkedHashMap<>();

  private final StringBuilder bundle = new StringBuilder();

  private ModuleBundle(UnaryOperator<String> sources) {
    this.sources = sources;
  }

  /**
   * The bundle of a module.
   *
   * @param entry its name, as {@code js/app.js}
   * @param sources the text of a name
   * @throws IllegalStateException if a module says what cannot be read, or imports itself
   */
  static String of(String entry, UnaryOperator<String> sources) {
    ModuleBundle made = new ModuleBundle(sources);
    made.add(entry);
    return made.bundle.toString();
  }

  /** Writes a module after those that it imports; its variable. */
  private String add(String name) {
    if (variables.containsKey(name)) {
      String written = variables.get(name);
      if (written.isEmpty()) {
        throw new IllegalStateException(name + ": imports itself, by way of others");
      }
      return written;
    }
    variables.put(name, "");
    String variable = "m" + variables.size() + "_" + name.replaceAll(".*/|\\.js$|\\W", "");
    Path folder = Path.of("/" + name).getParent();
    String body =
        IMPORT
            .matcher(sources.apply(name))
            .replaceAll(
                found -> {
                  String from = folder.resolve(found.group(2)).normalize().toString().substring(1);
                  return Matcher.quoteReplacement(
                      "const {" + renamed(found.group(1)) + "} = " + add(from) + ";");
                });
    List<String> exports = new ArrayList<>();
    body =
        DECLARED
            .matcher(body)
            .replaceAll(
                found -> {
                  exports.add(found.group(2) == null ? found.group(3) : found.group(2));
                  return Matcher.quoteReplacement(found.group(1));
                });
    Matcher listed = LISTED.matcher(body);
    if (listed.find()) {
      exports.add(exported(listed.group(1)));
      body = body.substring(0, listed.start());
    }
    Matcher other = OTHER.matcher(body);
    if (other.find()) {
      throw new IllegalStateException(name + ": cannot be bundled: " + other.group());
    }
    variables.put(name, variable);
    bundle
        .append("// " + name + "\n")
        .append("const " + variable + " = (() => {\n" + body)
        .append("\nreturn {" + String.join(", ", exports) + "};\n})();\n");
    return variable;
  }

  /** Names of an import as those of a pattern: {@code b as c} takes b out under the name c. */
  private static String renamed(String names) {
    return names.replaceAll("(\\w+)\\s+as\\s+(\\w+)", "$1: $2");
  }

  /** Names of an export as those of an object: {@code b as c} gives b under the name c. */
  private static String exported(String names) {
    return names.replaceAll("(\\w+)\\s+as\\s+(\\w+)", "$2: $1");
  }
}
