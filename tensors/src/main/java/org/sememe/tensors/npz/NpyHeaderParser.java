package org.sememe.tensors.npz;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.TensorType;
import org.sememe.tensors.archive.ByteSource;
import org.sememe.tensors.archive.Layout;

/**
 * Reads an array's header: a Python dictionary of a text, a truth value and a tuple of numbers,
 * which is taken apart here and never evaluated.
 */
final class NpyHeaderParser {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final int VERSION_AT = MAGIC.length;
  private static final int LENGTH_AT = VERSION_AT + 2;
  private static final int LONGEST = 10_000; // as in numpy
  private static final int LONGEST_NUMBER = 19;

  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final Map<String, TensorType> TYPES =
      Map.ofEntries(
          Map.entry("f8", TensorType.F64),
          Map.entry("f4", TensorType.F32),
          Map.entry("f2", TensorType.F16),
          Map.entry("i8", TensorType.I64),
          Map.entry("i4", TensorType.I32),
          Map.entry("i2", TensorType.I16),
          Map.entry("i1", TensorType.I8),
          Map.entry("u8", TensorType.U64),
          Map.entry("u4", TensorType.U32),
          Map.entry("u2", TensorType.U16),
          Map.entry("u1", TensorType.U8),
          Map.entry("b1", TensorType.BOOL),
          Map.entry("c8", TensorType.C64));

  private final Path path;
  private final long offset;
  private final String what;
  private final String text;
  private int position;

  private NpyHeaderParser(Path path, long offset, String what, String text) {
    this.path = path;
    this.offset = offset;
    this.what = what;
    this.text = text;
  }

  static boolean starts(ByteSource source) {
    return source.size() >= LENGTH_AT && Arrays.equals(bytes(source, 0, MAGIC.length), MAGIC);
  }

  /**
   * The header at the start of {@code source}.
   *
   * @param what has it, for messages
   */
  static NpyHeader parse(Path path, String what, ByteSource source) throws FormatException {
    if (!starts(source)) {
      throw new FormatException(path, source.offset(), what + " is no numpy array");
    }
    byte[] version = bytes(source, VERSION_AT, 2);
    if (version[0] < 1 || version[0] > 3 || version[1] != 0) {
      throw new FormatException(
          path,
          source.offset(),
          what + " has npy version " + version[0] + "." + version[1] + "; 1.0 to 3.0 are read");
    }
    int lengthBytes = version[0] == 1 ? Short.BYTES : Integer.BYTES;
    int start = LENGTH_AT + lengthBytes;
    long length = source.size() < start ? Long.MAX_VALUE : length(source, lengthBytes);
    if (length > LONGEST || length > source.size() - start) {
      throw new FormatException(
          path,
          source.offset(),
          what + " has a header that is longer than the array's file or than " + LONGEST);
    }
    byte[] header = bytes(source, start, (int) length);
    // Version 3 is UTF-8, the others Latin-1; nothing but ASCII is ever read here.
    String text = new String(header, StandardCharsets.ISO_8859_1);
    return new NpyHeaderParser(path, source.offset(), what, text).header(start + length);
  }

  private static long length(ByteSource source, int lengthBytes) {
    MemorySegment bytes = MemorySegment.ofArray(bytes(source, LENGTH_AT, lengthBytes));
    return lengthBytes == Short.BYTES
        ? Short.toUnsignedLong(bytes.get(SHORT, 0))
        : Integer.toUnsignedLong(bytes.get(INT, 0));
  }

  private static byte[] bytes(ByteSource source, long from, int count) {
    byte[] bytes = new byte[count];
    source.copyTo(from, MemorySegment.ofArray(bytes));
    return bytes;
  }

  private NpyHeader header(long bytes) throws FormatException {
    Map<String, Object> fields = new LinkedHashMap<>();
    expect('{');
    while (!accept('}')) {
      String key = quoted();
      expect(':');
      Object value =
          switch (key) {
            case "descr" -> quoted();
            case "fortran_order" -> truth();
            case "shape" -> sizes();
            default -> throw problem("has the key \"" + key + "\" that numpy does not write");
          };
      if (fields.putIfAbsent(key, value) != null) {
        throw problem("has the key \"" + key + "\" twice");
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skipSpace();
    if (position < text.length()) {
      throw problem("has text after its header's dictionary");
    }
    if (!(fields.get("descr") instanceof String descr)
        || !(fields.get("fortran_order") instanceof Boolean fortran)
        || !(fields.get("shape") instanceof List<?> shape)) {
      throw problem("has no descr, fortran_order or shape");
    }
    List<Long> sizes = shape.stream().map(Long.class::cast).toList();
    return new NpyHeader(
        type(descr),
        descr.startsWith(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN,
        fortran ? Layout.columnMajor(sizes) : Layout.rowMajor(sizes),
        bytes);
  }

  private TensorType type(String descr) throws FormatException {
    if (descr.contains("O")) {
      throw problem("holds Python objects (a pickle), which are never read: save plain numbers");
    }
    Optional<TensorType> type =
        descr.isEmpty() || "<>|=".indexOf(descr.charAt(0)) < 0
            ? Optional.empty()
            : Optional.ofNullable(TYPES.get(descr.substring(1)));
    return type.filter(t -> t.blockBytes() == 1 || descr.charAt(0) != '|')
        .orElseThrow(
            () ->
                problem(
                    "holds values of type \""
                        + descr
                        + "\", which are not read: save float32 (bfloat16 arrays lose their type)"));
  }

  private String quoted() throws FormatException {
    skipSpace();
    char quote = position < text.length() ? text.charAt(position) : ' ';
    int end = quote == '\'' || quote == '"' ? text.indexOf(quote, position + 1) : -1;
    if (end < 0) {
      throw problem("needs a text in quotes in its header; structured types are not read");
    }
    String quoted = text.substring(position + 1, end);
    position = end + 1;
    return quoted;
  }

  private boolean truth() throws FormatException {
    skipSpace();
    for (boolean value : new boolean[] {true, false}) {
      String word = value ? "True" : "False";
      if (text.startsWith(word, position)) {
        position += word.length();
        return value;
      }
    }
    throw problem("needs True or False for fortran_order");
  }

  private List<Long> sizes() throws FormatException {
    List<Long> sizes = new ArrayList<>();
    expect('(');
    while (!accept(')')) {
      sizes.add(size());
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return sizes;
  }

  private long size() throws FormatException {
    skipSpace();
    int start = position;
    while (position < text.length() && Character.isDigit(text.charAt(position))) {
      position++;
    }
    if (position == start || position - start > LONGEST_NUMBER) {
      throw problem("needs whole numbers of at most " + LONGEST_NUMBER + " digits for its shape");
    }
    String digits = text.substring(start, position);
    accept('L'); // Python 2
    try {
      return Long.parseLong(digits);
    } catch (NumberFormatException e) {
      throw problem("has a size of " + digits);
    }
  }

  private void skipSpace() {
    while (position < text.length() && " \t\n\r\f".indexOf(text.charAt(position)) >= 0) {
      position++;
    }
  }

  private boolean accept(char c) {
    skipSpace();
    if (position < text.length() && text.charAt(position) == c) {
      position++;
      return true;
    }
    return false;
  }

  private void expect(char c) throws FormatException {
    if (!accept(c)) {
      throw problem("needs '" + c + "' at character " + position + " of its header");
    }
  }

  private FormatException problem(String problem) {
    return new FormatException(path, offset, what + " " + problem);
  }
}
