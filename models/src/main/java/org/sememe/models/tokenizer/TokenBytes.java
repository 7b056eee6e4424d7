package org.sememe.models.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** What bytes the pieces of a vocabulary stand for. Immutable. */
sealed interface TokenBytes {
  /** The bytes of an ordinary piece of the vocabulary. */
  byte[] of(String piece);

  /**
   * GPT-2's way: every byte is written as one printable character.
   *
   * @param bytes by character
   */
  record ByteLevel(Map<Integer, Integer> bytes) implements TokenBytes {
    static ByteLevel create() {
      Map<Integer, Integer> bytes = new HashMap<>();
      int next = 256; // bytes without a printable character of their own take those from here on
      for (int value = 0; value < 256; value++) {
        boolean printable =
            value >= '!' && value <= '~' || value >= 0xA1 && value <= 0xFF && value != 0xAD;
        bytes.put(printable ? value : next++, value);
      }
      return new ByteLevel(Map.copyOf(bytes));
    }

    @Override
    public byte[] of(String piece) {
      if (!piece.codePoints().allMatch(bytes::containsKey)) {
        return piece.getBytes(StandardCharsets.UTF_8);
      }
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      piece.codePoints().forEach(character -> out.write(bytes.get(character)));
      return out.toByteArray();
    }
  }

  /** SentencePiece's way: U+2581 is a space, {@code <0xE2>} is one byte. */
  record Metaspace() implements TokenBytes {
    private static final char SPACE = '\u2581';

    @Override
    public byte[] of(String piece) {
      if (piece.matches("<0x[0-9A-Fa-f]{2}>")) {
        return new byte[] {(byte) Integer.parseInt(piece, 3, 5, 16)};
      }
      return piece.replace(SPACE, ' ').getBytes(StandardCharsets.UTF_8);
    }
  }

  /**
   * Pieces are text as it is, but for a mark on those that go on inside a word.
   *
   * @param continuation the mark, for example {@code ##}; may be empty
   */
  record Plain(String continuation) implements TokenBytes {
    @Override
    public byte[] of(String piece) {
      boolean marked = !continuation.isEmpty() && piece.startsWith(continuation);
      return piece.substring(marked ? continuation.length() : 0).getBytes(StandardCharsets.UTF_8);
    }
  }
}
