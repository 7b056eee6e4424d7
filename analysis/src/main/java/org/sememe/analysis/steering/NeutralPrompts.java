package org.sememe.analysis.steering;

import java.util.List;

/** Openings about nothing in particular, to measure steering on. */
public final class NeutralPrompts {
  private static final List<String> OPENINGS =
      List.of(
          "I went for a walk this morning and",
          "The most important thing to know is that",
          "She opened the box and found",
          "My favourite thing in the world is",
          "When I think about the future, I",
          "There is a story about",
          "He looked at me and said that",
          "In this article we will talk about",
          "Last night I had a dream about",
          "The best part of the day was",
          "If you ask me, the answer is",
          "They had never seen anything like",
          "A long time ago there was",
          "What people often forget is",
          "Let me tell you about",
          "On the table there was");

  private NeutralPrompts() {}

  /** How many there are. */
  public static int most() {
    return OPENINGS.size();
  }

  /**
   * The first of them.
   *
   * @throws IllegalArgumentException if there are not so many
   */
  public static List<String> first(int count) {
    if (count < 1 || count > OPENINGS.size()) {
      throw new IllegalArgumentException(count + " prompts: there are 1 to " + OPENINGS.size());
    }
    return OPENINGS.subList(0, count);
  }
}
