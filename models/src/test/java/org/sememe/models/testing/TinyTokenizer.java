package org.sememe.models.testing;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.sememe.models.tokenizer.ChatMessage;
import org.sememe.models.tokenizer.Tokenizer;
import org.sememe.models.tokenizer.Tokens;

/**
 * A tokenizer for {@link TinyModel}: a token a character. Id 0 is the separator, the only special
 * token; letters are 1 to 26 whatever their case, all else shares the ids above.
 */
public final class TinyTokenizer implements Tokenizer {
  private static final int LETTERS = 26;

  private final OptionalInt bos;

  private TinyTokenizer(OptionalInt bos) {
    this.bos = bos;
  }

  /** Without a BOS token, as SmolLM2's. */
  public static TinyTokenizer plain() {
    return new TinyTokenizer(OptionalInt.empty());
  }

  /** With the separator as BOS token, as GPT-2's. */
  public static TinyTokenizer withBos() {
    return new TinyTokenizer(OptionalInt.of(0));
  }

  @Override
  public Tokens encode(String text) {
    int[] ids = new int[text.length()];
    int[] starts = new int[text.length()];
    int[] ends = new int[text.length()];
    for (int i = 0; i < ids.length; i++) {
      char c = Character.toLowerCase(text.charAt(i));
      ids[i] = c >= 'a' && c <= 'z' ? c - 'a' + 1 : LETTERS + 1 + c % (vocabulary() - LETTERS - 1);
      starts[i] = i;
      ends[i] = i + 1;
    }
    return new Tokens(ids, starts, ends);
  }

  @Override
  public Tokens encodePlain(String text) {
    return encode(text);
  }

  @Override
  public String decode(int[] ids) {
    StringBuilder text = new StringBuilder();
    for (int id : ids) {
      text.append(token(id));
    }
    return text.toString();
  }

  @Override
  public String decodeText(int[] ids) {
    return decode(ids).replace("|", "");
  }

  @Override
  public String token(int id) {
    return id == 0
        ? "|"
        : String.valueOf((char) (id <= LETTERS ? 'a' + id - 1 : '0' + id - LETTERS - 1));
  }

  @Override
  public byte[] bytes(int id) {
    return token(id).getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public int vocabulary() {
    return TinyModel.VOCABULARY;
  }

  @Override
  public boolean special(int id) {
    return id == 0;
  }

  @Override
  public OptionalInt bos() {
    return bos;
  }

  @Override
  public OptionalInt separator() {
    return OptionalInt.of(0);
  }

  @Override
  public Set<Integer> stopIds() {
    return Set.of(0);
  }

  @Override
  public boolean hasChatTemplate() {
    return false;
  }

  @Override
  public String applyChatTemplate(List<ChatMessage> messages, boolean addGenerationPrompt) {
    throw new IllegalArgumentException("the tiny tokenizer has no chat template");
  }

  @Override
  public void close() {}
}
