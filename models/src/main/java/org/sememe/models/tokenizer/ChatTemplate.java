package org.sememe.models.tokenizer;

import com.google.common.base.Throwables;
import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.LegacyOverrides;
import com.hubspot.jinjava.el.ext.ExtendedParser;
import com.hubspot.jinjava.interpret.Context;
import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.interpret.RenderResult;
import com.hubspot.jinjava.interpret.TemplateError;
import com.hubspot.jinjava.lib.fn.ELFunctionDefinition;
import com.hubspot.jinjava.tree.Node;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/**
 * A chat template: Jinja with trim_blocks and lstrip_blocks on, without escaping, as the Hugging
 * Face libraries run it. The template comes from an untrusted file: it reaches nothing but the
 * messages and a few functions on text, and its work and output are bounded. Immutable.
 */
final class ChatTemplate {
  private static final long MOST_CHARACTERS = 16L << 20;
  private static final int MOST_STEPS = 1_000_000;
  private static final int LONGEST_RANGE = 10_000;

  /** Tags that would read files, and filters that would run text as a template or parse it. */
  private static final Map<Context.Library, Set<String>> DISABLED =
      Map.of(
          Context.Library.TAG, Set.of("include", "import", "from", "extends"),
          Context.Library.FILTER, Set.of("render", "fromjson", "fromyaml", "log"));

  private final String source;
  private final Map<String, String> names;

  /**
   * Takes a template as it is; what is wrong in it shows when it is rendered.
   *
   * @param names variables such as {@code bos_token}
   */
  ChatTemplate(String source, Map<String, String> names) {
    this.source = source;
    this.names = Map.copyOf(names);
  }

  /**
   * A conversation as text.
   *
   * @throws IllegalArgumentException if the template refuses it, is wrong, or asks for too much
   */
  String render(List<ChatMessage> messages, boolean addGenerationPrompt) {
    Map<String, Object> variables = new HashMap<>(names);
    variables.put("messages", messages.stream().map(ChatTemplate::message).toList());
    variables.put("add_generation_prompt", addGenerationPrompt);
    Jinjava jinjava = new Jinjava(config());
    jinjava.registerFunction(function("raise_exception", "refuse"));
    jinjava.registerFunction(function("strftime_now", "now"));
    jinjava.registerFilter(new PythonJson());
    jinjava.registerTag(new ScopeTag());
    try {
      if (source.contains(ExtendedParser.INTERPRETER)) {
        throw new TemplateRefusal("it names what runs it");
      }
      RenderResult result = jinjava.renderForResult(TemplateSource.rewritten(source), variables);
      result.getErrors().stream().findFirst().ifPresent(ChatTemplate::fail);
      result
          .getContext()
          .getResolvedValues()
          .forEach(name -> checkKnown(result.getContext(), name));
      return result.getOutput();
    } catch (TemplateRefusal e) {
      throw refused(e);
    }
  }

  private static Map<String, Object> message(ChatMessage message) {
    Map<String, Object> fields = new LinkedHashMap<>(); // in the order that Python prints
    fields.put("role", message.role());
    fields.put("content", message.content());
    return fields;
  }

  private static JinjavaConfig config() {
    return JinjavaConfig.newBuilder()
        .withNestedInterpretationEnabled(false) // else messages would be run as templates
        .withElResolver(new TemplateSandbox())
        .withDisabled(DISABLED)
        .withMaxOutputSize(MOST_CHARACTERS)
        .withMaxStringLength(MOST_CHARACTERS)
        .withRangeLimit(LONGEST_RANGE)
        .withMaxListSize(MOST_STEPS)
        .withMaxMapSize(MOST_STEPS)
        .withNodePreProcessor(stepCounter())
        .withLegacyOverrides(
            LegacyOverrides.newBuilder()
                .withEvaluateMapKeys(true)
                .withIterateOverMapKeys(true)
                .withUseNaturalOperatorPrecedence(true)
                .withParseWhitespaceControlStrictly(true)
                .withUseTrimmingForNotesAndExpressions(true)
                .withKeepNullableLoopValues(true)
                .build())
        .build();
  }

  /** Ends templates of loops in loops: a limit on each loop alone does not. */
  private static BiConsumer<Node, JinjavaInterpreter> stepCounter() {
    AtomicInteger steps = new AtomicInteger();
    return (node, interpreter) -> {
      if (steps.incrementAndGet() > MOST_STEPS) {
        throw new TemplateRefusal("it takes over " + MOST_STEPS + " steps");
      }
    };
  }

  /** Jinjava takes filters and tests that it does not know for nothing, without a word. */
  private static void checkKnown(Context context, String name) {
    boolean unknown =
        name.startsWith(ExtendedParser.FILTER_PREFIX) && context.getFilter(afterColon(name)) == null
            || name.startsWith(ExtendedParser.EXPTEST_PREFIX)
                && context.getExpTest(afterColon(name)) == null;
    if (unknown) {
      throw new TemplateRefusal("it uses " + name.replace(':', ' ') + ", which is not known");
    }
  }

  private static String afterColon(String name) {
    return name.substring(name.indexOf(':') + 1);
  }

  private static void fail(TemplateError error) {
    Stream.ofNullable(error.getException())
        .flatMap(problem -> Throwables.getCausalChain(problem).stream())
        .filter(TemplateRefusal.class::isInstance)
        .map(TemplateRefusal.class::cast)
        .findFirst()
        .ifPresent(
            refusal -> {
              throw refusal;
            });
    throw new IllegalArgumentException(
        "the model's chat template cannot be run: line "
            + error.getLineno()
            + ": "
            + error.getMessage(),
        error.getException());
  }

  private static IllegalArgumentException refused(TemplateRefusal refusal) {
    return new IllegalArgumentException(
        "the model's chat template refuses these messages: " + refusal.getMessage(), refusal);
  }

  private static ELFunctionDefinition function(String name, String method) {
    return new ELFunctionDefinition("", name, ChatTemplate.class, method, String.class);
  }

  /** {@code raise_exception} in a template. */
  static String refuse(String reason) {
    throw new TemplateRefusal(reason);
  }

  /** {@code strftime_now} in a template. */
  static String now(String format) {
    ZonedDateTime now = ZonedDateTime.now();
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < format.length(); i++) {
      char c = format.charAt(i);
      if (c == '%' && i + 1 < format.length()) {
        text.append(datePart(now, format.charAt(++i)));
      } else {
        text.append(c);
      }
    }
    return text.toString();
  }

  private static String datePart(ZonedDateTime now, char directive) {
    String pattern =
        switch (directive) {
          case 'Y' -> "uuuu";
          case 'm' -> "MM";
          case 'd' -> "dd";
          case 'B' -> "MMMM";
          case 'b' -> "MMM";
          case 'A' -> "EEEE";
          case 'a' -> "EEE";
          case 'H' -> "HH";
          case 'M' -> "mm";
          case 'S' -> "ss";
          default -> throw new TemplateRefusal("it asks for the date by %" + directive);
        };
    return now.format(DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH));
  }

  /** A template's own refusal, or ours of a template. */
  static final class TemplateRefusal extends RuntimeException {
    private static final long serialVersionUID = 1;

    TemplateRefusal(String reason) {
      super(reason);
    }
  }
}
