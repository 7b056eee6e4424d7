package org.sememe.tensors.gguf;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.MappedFile;
import org.sememe.tensors.TensorInfo;
import org.sememe.tensors.TensorType;

/** Reads and checks everything before the tensors' data; trusts nothing that it says. */
final class GgufParser {
  private static final int MAGIC = 0x46554747; // "GGUF", little-endian
  private static final String ALIGNMENT_KEY = "general.alignment";
  private static final long DEFAULT_ALIGNMENT = 32;
  private static final int MOST_DIMENSIONS = 4;

  /** Arrays inside arrays inside arrays: nobody writes more than two or three levels. */
  private static final int MOST_LEVELS = 16;

  private static final int LEAST_ENTRY_BYTES = 8 + 4 + 1;
  private static final int LEAST_TENSOR_BYTES = 8 + 4 + 4 + 8;

  private final MappedFile file;
  private final GgufCursor in;

  private GgufParser(MappedFile file) {
    this.file = file;
    this.in = new GgufCursor(file);
  }

  /**
   * What was read.
   *
   * @param version 2 or 3
   * @param metadata every entry
   * @param tensors by name, in the file's order
   */
  record Contents(int version, GgufMetadata metadata, LinkedHashMap<String, TensorInfo> tensors) {}

  static Contents parse(MappedFile file) throws IOException {
    return new GgufParser(file).contents();
  }

  private Contents contents() throws FormatException {
    if (in.int32("the magic number") != MAGIC) {
      throw in.problem(0, "does not start with GGUF; not a GGUF file");
    }
    int version = version();
    long countsAt = in.position();
    long tensorCount = in.int64("the tensor count");
    int entries = in.count(LEAST_ENTRY_BYTES, "metadata count");
    if (tensorCount < 0 || tensorCount > (file.size() - in.position()) / LEAST_TENSOR_BYTES) {
      throw in.problem(
          countsAt,
          "tensor count of "
              + Long.toUnsignedString(tensorCount)
              + " is more than the rest of the file holds");
    }
    LinkedHashMap<String, GgufValue> values = new LinkedHashMap<>();
    for (int i = 0; i < entries; i++) {
      long at = in.position();
      String key = in.string("a metadata key");
      if (values.containsKey(key)) {
        throw in.problem(at, "metadata key \"" + key + "\" is there twice");
      }
      values.put(key, value(type(key), key, 0));
    }
    List<Listed> listed = new ArrayList<>();
    for (long i = 0; i < tensorCount; i++) {
      listed.add(tensor());
    }
    return new Contents(version, new GgufMetadata(values), place(listed, alignment(values)));
  }

  private int version() throws FormatException {
    int version = in.int32("the version");
    if (version == 2 || version == 3) {
      return version;
    }
    if (version == 1) {
      throw in.problem(4, "GGUF version 1 is no longer read: convert the file anew");
    }
    int turned = Integer.reverseBytes(version);
    throw in.problem(
        4,
        turned > 0 && turned <= 3
            ? "big-endian GGUF is not read: convert the file to little-endian"
            : "GGUF version " + Integer.toUnsignedString(version) + " is not known (2 and 3 are)");
  }

  private GgufValueType type(String key) throws FormatException {
    long at = in.position();
    int id = in.int32("the type of \"" + key + "\"");
    return GgufValueType.of(id)
        .orElseThrow(
            () ->
                in.problem(
                    at,
                    "metadata \"" + key + "\" is of unknown type " + Integer.toUnsignedString(id)));
  }

  private GgufValue value(GgufValueType type, String key, int level) throws FormatException {
    return switch (type) {
      case STRING -> new GgufValue.Text(in.string("the value of \"" + key + "\""));
      case ARRAY -> array(key, level + 1);
      default -> fixed(type, 1, key).getFirst();
    };
  }

  private GgufValue.Array array(String key, int level) throws FormatException {
    if (level > MOST_LEVELS) {
      throw in.problem(
          in.position(), "metadata \"" + key + "\" has arrays over " + MOST_LEVELS + " deep");
    }
    GgufValueType element = type(key);
    int count = in.count(element.leastBytes(), "array length of \"" + key + "\"");
    if (element.fixed()) {
      return new GgufValue.Array(element, fixed(element, count, key));
    }
    List<GgufValue> values = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      values.add(value(element, key, level));
    }
    return new GgufValue.Array(element, Collections.unmodifiableList(values));
  }

  private List<GgufValue> fixed(GgufValueType type, int count, String key) throws FormatException {
    long bytes = (long) count * type.leastBytes();
    if (bytes > Integer.MAX_VALUE - 8) {
      throw in.problem(in.position(), "metadata \"" + key + "\" takes over 2 GB");
    }
    return new FixedValues(type, in.bytes(bytes, "the value of \"" + key + "\""));
  }

  private long alignment(LinkedHashMap<String, GgufValue> values) throws FormatException {
    GgufValue value = values.get(ALIGNMENT_KEY);
    if (value == null) {
      return DEFAULT_ALIGNMENT;
    }
    if (value instanceof GgufValue.Whole(GgufValueType type, long alignment)
        && type == GgufValueType.UINT32
        && Long.bitCount(alignment) == 1) {
      return alignment;
    }
    throw in.problem(
        in.position(), ALIGNMENT_KEY + " must be a UINT32 that is a power of two, not " + value);
  }

  /** A tensor as the file lists it: its offset counts from the start of the data. */
  private record Listed(
      String name, TensorType type, List<Long> shape, long bytes, long offset, long listedAt) {}

  private Listed tensor() throws FormatException {
    long at = in.position();
    String name = in.string("a tensor's name");
    int dimensions = in.int32("the dimension count of tensor \"" + name + "\"");
    if (dimensions < 0 || dimensions > MOST_DIMENSIONS) {
      throw in.problem(
          at,
          "tensor \""
              + name
              + "\" has "
              + Integer.toUnsignedString(dimensions)
              + " dimensions (at most "
              + MOST_DIMENSIONS
              + ")");
    }
    List<Long> shape = new ArrayList<>();
    for (int i = 0; i < dimensions; i++) {
      shape.addFirst(in.int64("the dimensions of tensor \"" + name + "\""));
    }
    int id = in.int32("the type of tensor \"" + name + "\"");
    TensorType type =
        GgufTensorTypes.of(id)
            .orElseThrow(
                () ->
                    in.problem(
                        at,
                        "tensor \""
                            + name
                            + "\" is of unknown type "
                            + Integer.toUnsignedString(id)));
    long offset = in.int64("the offset of tensor \"" + name + "\"");
    return new Listed(name, type, shape, bytes(at, name, type, shape), offset, at);
  }

  private long bytes(long at, String name, TensorType type, List<Long> shape)
      throws FormatException {
    long values = 1;
    for (long size : shape) {
      if (size < 1 || values > Long.MAX_VALUE / size) {
        throw in.problem(
            at,
            "tensor \""
                + name
                + "\": shape "
                + shape.stream().map(Long::toUnsignedString).toList()
                + " is empty or too large to count");
      }
      values *= size;
    }
    long row = shape.isEmpty() ? 1 : shape.getLast();
    if (row % type.blockValues() != 0) {
      throw in.problem(
          at,
          "tensor \""
              + name
              + "\": rows of "
              + row
              + " values are not whole blocks of "
              + type.blockValues()
              + " ("
              + type
              + ")");
    }
    long blocks = values / type.blockValues();
    if (blocks > file.size() / type.blockBytes()) {
      throw in.problem(at, "tensor \"" + name + "\": shape " + shape + " is larger than the file");
    }
    return blocks * type.blockBytes();
  }

  /** Where each tensor lies in the file; none may share a byte with another. */
  private LinkedHashMap<String, TensorInfo> place(List<Listed> listed, long alignment)
      throws FormatException {
    long dataStart = (in.position() + alignment - 1) / alignment * alignment;
    LinkedHashMap<String, TensorInfo> tensors = new LinkedHashMap<>();
    for (Listed tensor : listed) {
      String what = "tensor \"" + tensor.name + "\": ";
      if (tensor.offset < 0 || tensor.offset > file.size() - dataStart - tensor.bytes) {
        throw in.problem(
            tensor.listedAt,
            what
                + tensor.bytes
                + " bytes at data offset "
                + Long.toUnsignedString(tensor.offset)
                + " end after the file");
      }
      if (tensor.offset % alignment != 0) {
        throw in.problem(
            tensor.listedAt,
            what + "offset " + tensor.offset + " is not a multiple of " + alignment);
      }
      TensorInfo info =
          new TensorInfo(
              tensor.name, tensor.type, tensor.shape, dataStart + tensor.offset, tensor.bytes);
      if (tensors.put(tensor.name, info) != null) {
        throw in.problem(tensor.listedAt, what + "is there twice");
      }
    }
    requireApart(tensors);
    return tensors;
  }

  private void requireApart(LinkedHashMap<String, TensorInfo> tensors) throws FormatException {
    List<TensorInfo> inFile =
        tensors.values().stream().sorted(Comparator.comparingLong(TensorInfo::offset)).toList();
    for (int i = 1; i < inFile.size(); i++) {
      TensorInfo before = inFile.get(i - 1);
      if (before.offset() + before.bytes() > inFile.get(i).offset()) {
        throw in.problem(
            inFile.get(i).offset(),
            "tensors \"" + before.name() + "\" and \"" + inFile.get(i).name() + "\" overlap");
      }
    }
  }
}
