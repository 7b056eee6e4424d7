package org.sememe.models.tokenizer;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;

/** A tokenizer that the Hugging Face library runs. */
final class LibraryTokenizer implements Tokenizer {
  /** What ends a document, by the names that model families give it; else the end of the text. */
  private static final List<String> SEPARATORS = List.of("<|endoftext|>", "<|end_of_text|>");

  /** What ends a turn or a text: a model may write any of them, whatever its file calls the end. */
  private static final List<String> ENDS =
      List.of("<|im_end|>", "<|eot_id|>", "<|endoftext|>", "<|end_of_text|>");

  private final TokenizerDefinition definition;
  private final Vocabulary vocabulary;
  private final NativeTokenizer tokenizer;
  private final Optional<ChatTemplate> template;
  private NativeTokenizer plain;
  private boolean closed;

  /**
   * Opens a tokenizer.
   *
   * @throws IllegalArgumentException if the definition does not hold together
   */
  LibraryTokenizer(TokenizerDefinition definition) {
    this.definition = definition;
    this.vocabulary = new Vocabulary(definition.json());
    this.template =
        definition.chatTemplate().map(source -> new ChatTemplate(source, definition.names()));
    this.tokenizer = new NativeTokenizer(definition.json().toString());
  }

  @Override
  public Tokens encode(String text) {
    return tokenizer.encode(text, false);
  }

  @Override
  public Tokens encodePlain(String text) {
    return plain().encode(text, false);
  }

  /** Made on first use: it costs as much time and memory as the first. */
  private synchronized NativeTokenizer plain() {
    if (closed) {
      throw new IllegalStateException("the tokenizer is closed");
    }
    if (plain == null) {
      plain = new NativeTokenizer(PlainText.of(definition.json()).toString());
    }
    return plain;
  }

  @Override
  public String decode(int[] ids) {
    return tokenizer.decode(known(ids), false);
  }

  @Override
  public String decodeText(int[] ids) {
    return tokenizer.decode(known(ids), true);
  }

  private static long[] known(int[] ids) {
    long[] wide = new long[ids.length];
    for (int i = 0; i < ids.length; i++) {
      wide[i] = checked(ids[i]);
    }
    return wide;
  }

  private static int checked(int id) {
    if (id < 0) {
      throw new IllegalArgumentException("token id " + id + " is negative");
    }
    return id;
  }

  @Override
  public String token(int id) {
    byte[] bytes = bytes(id);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      StringBuilder text = new StringBuilder();
      for (byte value : bytes) {
        text.append("<0x%02X>".formatted(value));
      }
      return text.toString();
    }
  }

  @Override
  public byte[] bytes(int id) {
    return vocabulary.bytes(checked(id));
  }

  @Override
  public int vocabulary() {
    return vocabulary.count();
  }

  @Override
  public boolean special(int id) {
    return vocabulary.special(checked(id));
  }

  @Override
  public OptionalInt bos() {
    return definition.bos().map(vocabulary::id).orElse(OptionalInt.empty());
  }

  @Override
  public OptionalInt separator() {
    Stream<String> parts = Stream.of("eos_token", "sep_token").map(definition.names()::get);
    return Stream.concat(SEPARATORS.stream(), parts.filter(Objects::nonNull))
        .map(vocabulary::id)
        .flatMapToInt(OptionalInt::stream)
        .findFirst();
  }

  @Override
  public Set<Integer> stopIds() {
    Set<Integer> ids = new LinkedHashSet<>(definition.ends());
    Stream.concat(ENDS.stream(), Stream.ofNullable(definition.names().get("eos_token")))
        .map(vocabulary::id)
        .flatMapToInt(OptionalInt::stream)
        .filter(vocabulary::special)
        .forEach(ids::add);
    return Set.copyOf(ids);
  }

  @Override
  public boolean hasChatTemplate() {
    return template.isPresent();
  }

  @Override
  public String applyChatTemplate(List<ChatMessage> messages, boolean addGenerationPrompt) {
    return template
        .orElseThrow(() -> new IllegalArgumentException("the model has no chat template"))
        .render(messages, addGenerationPrompt);
  }

  @Override
  public synchronized void close() {
    closed = true;
    tokenizer.close();
    if (plain != null) {
      plain.close();
    }
  }
}
