package org.sememe.models.text;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** The lines of a file, counted; what is wrong names the file and the line. Not thread-safe. */
final class TextLines {
  /** No line is longer than this: a small packed file may claim to hold terabytes. */
  private static final int MOST_CHARACTERS = 64 << 20;

  private static final char BYTE_ORDER_MARK = '\uFEFF';

  private final String name;
  private final BufferedReader in;
  private long number;
  private int pushed = -1;

  TextLines(String name, InputStream in) {
    this.name = name;
    this.in =
        new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8.newDecoder()), 1 << 16);
  }

  /** The file's name. */
  String name() {
    return name;
  }

  /** The number of the line that was given last, from 1. */
  long number() {
    return number;
  }

  /** The next line without its end; empty at the file's end. */
  Optional<String> next() throws IOException {
    number++;
    try {
      StringBuilder line = new StringBuilder();
      int c = read();
      if (c < 0) {
        return Optional.empty();
      }
      for (; c >= 0 && c != '\n' && c != '\r'; c = read()) {
        if (line.length() == MOST_CHARACTERS) {
          throw problem("is over " + (MOST_CHARACTERS >> 20) + " million characters long");
        }
        line.append((char) c);
      }
      if (c == '\r') {
        int after = in.read();
        pushed = after == '\n' ? -1 : after;
      }
      boolean marked = number == 1 && !line.isEmpty() && line.charAt(0) == BYTE_ORDER_MARK;
      return Optional.of(marked ? line.substring(1) : line.toString());
    } catch (CharacterCodingException e) {
      throw new IOException(name + ": not UTF-8 text, at or soon after line " + number, e);
    } catch (LineException e) {
      throw e;
    } catch (IOException e) {
      throw new IOException(name + ": at or soon after line " + number + ": " + e.getMessage(), e);
    }
  }

  private int read() throws IOException {
    if (pushed >= 0) {
      int c = pushed;
      pushed = -1;
      return c;
    }
    return in.read();
  }

  /** What is wrong with the line that was given last. */
  IOException problem(String what) {
    return problem(number, what);
  }

  /** What is wrong with a line. */
  IOException problem(long line, String what) {
    return new LineException(name + ": line " + line + " " + what);
  }

  /** Bytes as text; empty if they are not UTF-8, or hold a zero byte as binary files do. */
  static Optional<String> decoded(byte[] bytes) {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return text.indexOf('\0') >= 0 ? Optional.empty() : Optional.of(text);
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }

  private static final class LineException extends IOException {
    private static final long serialVersionUID = 1;

    LineException(String message) {
      super(message);
    }
  }
}
