package org.sememe.models.tokenizer;

import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/** A model's tokenizer. Thread-safe; closing frees native memory, no call may be under way. */
public interface Tokenizer extends AutoCloseable {
  /**
   * The tokens of a text, with nothing added before or after. Special tokens that are written out
   * in the text count as such: see {@link #encodePlain} for text that is not trusted.
   */
  Tokens encode(String text);

  /** As {@link #encode}, but a special token written out in the text is text like any other. */
  Tokens encodePlain(String text);

  /** The text of some tokens, special ones included; a cut character becomes U+FFFD. */
  String decode(int[] ids);

  /** The text of some tokens without the special ones. */
  String decodeText(int[] ids);

  /**
   * One token as a person reads it: its text, where its bytes are whole characters, else the bytes
   * as {@code <0xE2>}.
   */
  String token(int id);

  /** The exact bytes of one token. */
  byte[] bytes(int id);

  /** Number of token ids. */
  int vocabulary();

  /** Whether an id stands for no text: a control token such as the end of a turn. */
  boolean special(int id);

  /** The id to put in front of each context, for models that were trained so. */
  OptionalInt bos();

  /** The id that stands between documents. */
  OptionalInt separator();

  /** The ids that end a reply. */
  Set<Integer> stopIds();

  /** Whether the model comes with a chat template. */
  boolean hasChatTemplate();

  /**
   * A conversation as the model was trained to read it.
   *
   * @param addGenerationPrompt whether the reply's head is added, so that the model writes it
   * @throws IllegalArgumentException if there is no template, or it refuses these messages
   */
  String applyChatTemplate(List<ChatMessage> messages, boolean addGenerationPrompt);

  @Override
  void close();
}
