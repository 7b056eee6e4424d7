package org.sememe.models.clip;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.sememe.models.blocks.ConfigJson;
import org.sememe.models.tokenizer.Tokenizer;
import org.sememe.models.tokenizer.Tokenizers;
import org.sememe.tensors.FormatException;

/**
 * A text as CLIP reads it: between a start and an end, cut or padded to a fixed length. A cut text
 * keeps its end. Thread-safe; closing frees native memory.
 */
public final class ClipTokenizer implements AutoCloseable {
  private final Tokenizer tokenizer;
  private final int start;
  private final int end;
  private final int padding;
  private final int length;

  private ClipTokenizer(Tokenizer tokenizer, ConfigJson settings) throws IOException {
    this.tokenizer = tokenizer;
    this.start = id(settings, "bos_token", "<|startoftext|>");
    this.end = id(settings, "eos_token", "<|endoftext|>");
    this.padding = id(settings, "pad_token", "<|endoftext|>");
    this.length = settings.integer("model_max_length", 77);
    if (length < 2 || length > 10_000) {
      throw new FormatException(settings.file(), 0, "'model_max_length' is " + length);
    }
  }

  /**
   * Opens a folder: tokenizer_config.json beside tokenizer.json, or beside vocab.json and
   * merges.txt.
   *
   * @throws FormatException if there is none, or damaged
   */
  public static ClipTokenizer open(Path folder) throws IOException {
    ConfigJson settings = ConfigJson.read(folder.resolve("tokenizer_config.json"));
    Tokenizer tokenizer = Tokenizers.open(folder);
    try {
      return new ClipTokenizer(tokenizer, settings);
    } catch (IOException | RuntimeException problem) {
      tokenizer.close();
      throw problem;
    }
  }

  private int id(ConfigJson settings, String key, String otherwise) throws IOException {
    JsonNode value = settings.at(key);
    String token = value.path("content").asText(settings.text(key, otherwise));
    int[] ids = tokenizer.encode(token).ids();
    if (ids.length != 1) {
      throw new FormatException(
          settings.file(), 0, "'" + key + "' " + token + " is " + ids.length + " tokens, need one");
    }
    return ids[0];
  }

  /** Tokens of a text with both markers, before it is cut or padded. */
  public int count(String text) {
    return tokenizer.encode(text).count() + 2;
  }

  /** How many tokens the encoder sees. */
  public int length() {
    return length;
  }

  /** The ids of a text, {@code [length]}. */
  public int[] encode(String text) {
    int[] own = tokenizer.encode(text).ids();
    int kept = Math.min(own.length, length - 2);
    int[] ids = new int[length];
    Arrays.fill(ids, padding);
    ids[0] = start;
    System.arraycopy(own, 0, ids, 1, kept);
    ids[kept + 1] = end;
    return ids;
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
