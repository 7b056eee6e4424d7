package org.sememe.models.tokenizer;

import ai.djl.huggingface.tokenizers.jni.CharSpan;
import ai.djl.huggingface.tokenizers.jni.LibUtils;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;

/**
 * A tokenizer of the Hugging Face library, through its native functions: the library's own Java
 * class reports its use over the network and cuts texts at 512 tokens unless told otherwise. Owns
 * native memory; thread-safe but for closing.
 */
final class NativeTokenizer implements AutoCloseable {
  private static final String FLAVOUR = "RUST_FLAVOR";

  private volatile long handle;

  /**
   * Opens a tokenizer.
   *
   * @param json the text of a tokenizer.json
   * @throws IllegalArgumentException if the library refuses it
   */
  NativeTokenizer(String json) {
    load();
    try {
      handle = TokenizersLibrary.LIB.createTokenizerFromString(json);
    } catch (RuntimeException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  /** Loads the library once; on a machine with a GPU it would otherwise download another build. */
  private static synchronized void load() {
    if (System.getenv(FLAVOUR) == null && System.getProperty(FLAVOUR) == null) {
      System.setProperty(FLAVOUR, "cpu");
    }
    LibUtils.checkStatus();
  }

  /** The tokens of a text; with {@code template} also those that the file adds around it. */
  Tokens encode(String text, boolean template) {
    String whole = wholeCharacters(text);
    long encoding = TokenizersLibrary.LIB.encode(handle(), whole, template);
    try {
      int[] ids = ints(TokenizersLibrary.LIB.getTokenIds(encoding));
      CharSpan[] spans = TokenizersLibrary.LIB.getTokenCharSpans(encoding);
      int[] starts = new int[ids.length];
      int[] ends = new int[ids.length];
      for (int i = 0; i < ids.length; i++) {
        starts[i] = spans[i] == null ? 0 : spans[i].getStart();
        ends[i] = spans[i] == null ? 0 : spans[i].getEnd();
      }
      CodePoints points = new CodePoints(whole);
      points.toUnits(starts);
      points.toUnits(ends);
      return new Tokens(ids, starts, ends);
    } finally {
      TokenizersLibrary.LIB.deleteEncoding(encoding);
    }
  }

  /** The text of some ids, none of them negative; ids that it does not know stand for nothing. */
  String decode(long[] ids, boolean skipSpecial) {
    return TokenizersLibrary.LIB.decode(handle(), ids, skipSpecial);
  }

  /** Lone surrogates cannot be written in UTF-8: they become U+FFFD, which is as long. */
  private static String wholeCharacters(String text) {
    StringBuilder mended = null;
    for (int i = 0; i < text.length(); i++) {
      if (!Character.isSurrogate(text.charAt(i))) {
        continue;
      }
      if (Character.isSurrogatePair(
          text.charAt(i), i + 1 < text.length() ? text.charAt(i + 1) : 0)) {
        i++;
      } else {
        mended = mended == null ? new StringBuilder(text) : mended;
        mended.setCharAt(i, '\uFFFD');
      }
    }
    return mended == null ? text : mended.toString();
  }

  private static int[] ints(long[] values) {
    int[] ints = new int[values.length];
    for (int i = 0; i < ints.length; i++) {
      ints[i] = Math.toIntExact(values[i]);
    }
    return ints;
  }

  private long handle() {
    long now = handle;
    if (now == 0) {
      throw new IllegalStateException("the tokenizer is closed");
    }
    return now;
  }

  @Override
  public synchronized void close() {
    long now = handle;
    handle = 0;
    if (now != 0) {
      TokenizersLibrary.LIB.deleteTokenizer(now);
    }
  }

  /** Where each code point of a text lies in UTF-16 units. */
  private static final class CodePoints {
    private final int[] units;

    CodePoints(String text) {
      int count = text.codePointCount(0, text.length());
      this.units = count == text.length() ? new int[0] : new int[count + 1];
      int unit = 0;
      for (int point = 0; point < units.length; point++) {
        units[point] = unit;
        unit += unit < text.length() ? Character.charCount(text.codePointAt(unit)) : 0;
      }
    }

    void toUnits(int[] points) {
      for (int i = 0; i < points.length && units.length > 0; i++) {
        points[i] = units[points[i]];
      }
    }
  }
}
