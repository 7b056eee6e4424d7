package org.sememe.tensors.safetensors;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.MappedFile;
import org.sememe.tensors.TensorInfo;
import org.sememe.tensors.TensorType;

/** Reads and checks the header of a mapped file; trusts nothing that it says. */
final class HeaderParser {
  private static final ValueLayout.OfLong LENGTH =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .build();

  private final MappedFile file;
  private final long dataStart;
  private final JsonParser parser;

  private HeaderParser(MappedFile file, long dataStart, JsonParser parser) {
    this.file = file;
    this.dataStart = dataStart;
    this.parser = parser;
  }

  static Header parse(MappedFile file) throws IOException {
    if (file.size() < Long.BYTES) {
      throw new FormatException(
          file.path(), file.size(), "ends inside the header length; not a safetensors file");
    }
    long length = file.memory().get(LENGTH, 0);
    if (length < 0 || length > Header.LIMIT) {
      throw new FormatException(
          file.path(),
          0,
          "header length "
              + Long.toUnsignedString(length)
              + " is over the limit of "
              + Header.LIMIT
              + "; not a safetensors file");
    }
    if (length > file.size() - Long.BYTES) {
      throw new FormatException(
          file.path(), 0, "header of " + length + " bytes in a file of " + file.size());
    }
    // Jackson guesses UTF-16 and UTF-32 by their zero bytes; the format is UTF-8 and starts with
    // "{".
    if (length < 2
        || file.memory().get(ValueLayout.JAVA_BYTE, Long.BYTES) != '{'
        || file.memory().get(ValueLayout.JAVA_BYTE, Long.BYTES + 1) == 0) {
      throw new FormatException(
          file.path(), Long.BYTES, "the header is not JSON in UTF-8; not a safetensors file");
    }
    try (JsonParser parser =
        JSON.createParser(new MappedInput(file.memory().asSlice(Long.BYTES, length)))) {
      return new HeaderParser(file, Long.BYTES + length, parser).header();
    }
  }

  private Header header() throws IOException {
    LinkedHashMap<String, TensorInfo> tensors = new LinkedHashMap<>();
    Map<String, String> metadata = Map.of();
    try {
      expect(JsonToken.START_OBJECT, "an object");
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String name = parser.currentName();
        if (name.equals(Header.METADATA)) {
          metadata = metadata();
        } else {
          tensors.put(name, tensor(name));
        }
      }
      if (parser.nextToken() != null) {
        throw problem("text after the header's object");
      }
    } catch (JsonProcessingException e) {
      throw problem("the header is not JSON: " + e.getOriginalMessage().replaceAll("\\s+", " "));
    }
    requireDense(tensors.values().stream().toList());
    return new Header(tensors, metadata);
  }

  private Map<String, String> metadata() throws IOException {
    Map<String, String> metadata = new LinkedHashMap<>();
    expect(JsonToken.START_OBJECT, "an object for " + Header.METADATA);
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = parser.currentName();
      expect(JsonToken.VALUE_STRING, "a string for metadata entry \"" + key + "\"");
      metadata.put(key, parser.getText());
    }
    return metadata;
  }

  private TensorInfo tensor(String name) throws IOException {
    String what = "tensor \"" + name + "\": ";
    expect(JsonToken.START_OBJECT, "an object for tensor \"" + name + "\"");
    String dtype = null;
    List<Long> shape = null;
    List<Long> offsets = null;
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      switch (parser.currentName()) {
        case "dtype" -> {
          expect(JsonToken.VALUE_STRING, "a string for dtype");
          dtype = parser.getText();
        }
        case "shape" -> shape = sizes(what + "shape");
        case "data_offsets" -> offsets = sizes(what + "data_offsets");
        default -> {
          parser.nextToken();
          parser.skipChildren();
        }
      }
    }
    if (dtype == null || shape == null || offsets == null) {
      throw problem(what + "dtype, shape or data_offsets is missing");
    }
    if (offsets.size() != 2) {
      throw problem(what + offsets.size() + " data_offsets instead of 2");
    }
    long begin = offsets.getFirst();
    long end = offsets.getLast();
    if (begin > end || end > file.size() - dataStart) {
      throw problem(
          what + "data_offsets " + offsets + " in " + (file.size() - dataStart) + " bytes of data");
    }
    TensorType type = type(what, dtype);
    if (bytes(what, type, shape) != end - begin) {
      throw problem(what + (end - begin) + " bytes for shape " + shape + " of " + type);
    }
    return new TensorInfo(name, type, shape, dataStart + begin, end - begin);
  }

  private TensorType type(String what, String dtype) throws FormatException {
    for (TensorType type : TensorType.values()) {
      if (type.blockValues() == 1 && type.name().equals(dtype)) {
        return type;
      }
    }
    throw problem(what + "dtype \"" + dtype + "\" is not known");
  }

  private long bytes(String what, TensorType type, List<Long> shape) throws FormatException {
    long bytes = type.blockBytes();
    for (long size : shape) {
      long factor = Math.max(1, size); // an empty tensor has strides, which must be countable too
      if (bytes > Long.MAX_VALUE / factor) {
        throw problem(what + "shape " + shape + " is too large to count");
      }
      bytes *= factor;
    }
    return shape.contains(0L) ? 0 : bytes;
  }

  private List<Long> sizes(String what) throws IOException {
    expect(JsonToken.START_ARRAY, "an array for " + what);
    List<Long> sizes = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT
          || parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
          || parser.getLongValue() < 0) {
        throw problem(what + " holds something other than a size");
      }
      sizes.add(parser.getLongValue());
    }
    return sizes;
  }

  /** The format leaves no byte between tensors, nor after the last: a hole could hide anything. */
  private void requireDense(List<TensorInfo> tensors) throws FormatException {
    long end = dataStart;
    List<TensorInfo> inFile =
        tensors.stream()
            .sorted(Comparator.comparingLong(TensorInfo::offset).thenComparing(TensorInfo::bytes))
            .toList();
    for (TensorInfo tensor : inFile) {
      if (tensor.offset() != end) {
        throw new FormatException(
            file.path(),
            Math.min(end, tensor.offset()),
            "tensor \""
                + tensor.name()
                + "\" "
                + (tensor.offset() < end
                    ? "overlaps the one before it"
                    : "leaves a gap before it"));
      }
      end += tensor.bytes();
    }
    if (end != file.size()) {
      throw new FormatException(
          file.path(), end, (file.size() - end) + " bytes after the last tensor");
    }
  }

  private void expect(JsonToken token, String what) throws IOException {
    if (parser.nextToken() != token) {
      throw problem("the header needs " + what);
    }
  }

  private FormatException problem(String problem) {
    long offset = Long.BYTES + Math.max(0, parser.currentLocation().getByteOffset());
    return new FormatException(file.path(), Math.min(offset, dataStart), problem);
  }
}
