package org.sememe.app.studio;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Made-up contexts of glosses, code and hostile text, cut into tokens roughly as a byte-pair
 * tokenizer would.
 */
final class SyntheticText {
  static final String MARKUP = "<script>window.hacked=1</script>";
  static final String IMAGE = "<img src=x onerror=window.hacked=2>";
  static final String ARABIC = "مرحبا بالعالم";
  static final String OVERRIDE = "abc\u202Edef\u2066ghi";
  static final String EMOJI = "👩🏽‍🚀🌍";
  static final String CONTROL = "a\u0000b\u001b[31m";
  static final String LONG = "x".repeat(6000);
  static final List<String> HOSTILE =
      List.of(MARKUP, IMAGE, ARABIC, OVERRIDE, EMOJI, CONTROL, LONG);

  private static final Pattern TOKEN =
      Pattern.compile(" ?[A-Za-z]+| ?[0-9]| ?[^A-Za-z0-9\\s]+|\\n|\\s+");
  private static final String[] PIECES = {
    "a large body of water partly enclosed by land with a wide mouth; the bay was calm. ",
    "the act of moving from one place to another by bridge, ferry or on foot. ",
    "a member of the crow family with glossy black plumage and a loud harsh voice. ",
    "any of several small round fruits that ripen in autumn; sweet or sour. ",
    "English mathematician who wrote the first published algorithm (1815 to 1852). ",
    "having or showing great courage in the face of danger; bold, brave, fearless. ",
    "the quality of being at rest; a calm and quiet evening by the water. ",
    "a strait in western California that connects San Francisco Bay to the Pacific Ocean. ",
    "an instrument that is played by drawing a bow across its strings. ",
    "in a loyal or faithful manner; the dog waited faithfully by the door. ",
    "the branch of physics that studies heat, work and the energy of small particles. ",
    "genus of evergreen trees and shrubs of the northern hemisphere. ",
    "public static int indexOf(String text, char wanted) {\n    return text.indexOf(wanted);\n}\n",
    "if (value == null) {\n    throw new IllegalArgumentException(\"value is null\");\n}\n",
    "/**\n * Returns the number of elements in this list.\n *\n * @return the number of elements\n */\n",
    "for (int i = 0; i < length; i++) {\n    result += values[i] * weights[i];\n}\n",
    "import java.util.List;\nimport java.util.Map;\n\nfinal class Table {\n\tprivate final Map<String, List<Integer>> rows;\n}\n",
    "try (Reader in = open(path)) {\n    return in.read();\n} catch (IOException e) {\n    return -1;\n}\n",
    " * @throws NullPointerException if the specified collection is null\n * @since 1.8\n",
    "the capital of France is Paris and the capital of Italy is Rome. ",
  };

  private SyntheticText() {}

  static List<String> tokens(String text) {
    List<String> tokens = new ArrayList<>();
    Matcher matcher = TOKEN.matcher(text);
    while (matcher.find()) {
      tokens.add(matcher.group());
    }
    return tokens;
  }

  /** Contexts of {@code length} tokens; every fortieth holds the hostile tokens. */
  static List<List<String>> contexts(int count, int length, long seed) {
    Random random = new Random(seed);
    List<List<String>> contexts = new ArrayList<>();
    for (int c = 0; c < count; c++) {
      List<String> context = new ArrayList<>();
      int from = c % 2 == 0 ? 0 : 12;
      int to = c % 2 == 0 ? 12 : PIECES.length;
      while (context.size() < length) {
        context.addAll(tokens(PIECES[from + random.nextInt(to - from)]));
        if (c % 40 == 20 && context.size() < length - HOSTILE.size()) {
          context.addAll(HOSTILE);
        }
      }
      contexts.add(List.copyOf(context.subList(0, length)));
    }
    return contexts;
  }
}
