package org.sememe.tensors.tensorflow;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;
import org.bytedeco.pytorch.Tensor;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.MappedFile;
import org.sememe.tensors.TensorInfo;
import org.sememe.tensors.TensorSource;
import org.sememe.tensors.TensorType;
import org.sememe.tensors.archive.ByteSource;
import org.sememe.tensors.archive.Layout;
import org.sememe.tensors.archive.StoredTensor;
import org.sememe.tensors.protobuf.MessageCursor;

/**
 * A mapped TensorFlow checkpoint: {@code NAME.index} beside {@code NAME.data-00000-of-00001} and
 * further shards. It is all checked when it is opened, checksums too, for which it is read once.
 * Variables of texts are left out; variables that are kept in slices are refused.
 *
 * <p>Source: BundleHeaderProto and BundleEntryProto of TensorFlow's tensor_bundle.proto.
 */
public final class TensorBundle implements TensorSource {
  private static final String INDEX = ".index";
  private static final int STRING = 7;
  private static final int MOST_SHARDS = 100_000;

  private final Path path;
  private final List<MappedFile> shards;
  private final SequencedMap<String, StoredTensor> variables;

  private TensorBundle(
      Path path, List<MappedFile> shards, SequencedMap<String, StoredTensor> variables) {
    this.path = path;
    this.shards = shards;
    this.variables = variables;
  }

  /**
   * Opens a checkpoint.
   *
   * @param index the file {@code NAME.index}
   * @throws FormatException if it is damaged, or a shard is missing
   */
  public static TensorBundle open(Path index) throws IOException {
    List<MappedFile> shards = new ArrayList<>();
    try {
      List<Entry> entries = new ArrayList<>();
      int count = read(index, entries);
      for (int i = 0; i < count; i++) {
        shards.add(MappedFile.open(shard(index, i, count)));
      }
      SequencedMap<String, StoredTensor> variables = new LinkedHashMap<>();
      long left = shards.stream().mapToLong(MappedFile::size).sum();
      for (Entry entry : entries) {
        if (entry.type != STRING) {
          StoredTensor variable = entry.stored(index, shards);
          left -= variable.bytes();
          if (left < 0 || variables.putIfAbsent(entry.name, variable) != null) {
            throw new FormatException(
                index, 0, "variable \"" + entry.name + "\" stands where another one does");
          }
        }
      }
      return new TensorBundle(index, List.copyOf(shards), variables);
    } catch (Throwable problem) {
      shards.forEach(MappedFile::close);
      throw problem;
    }
  }

  /** Reads the entries; gives the number of shards. */
  private static int read(Path index, List<Entry> entries) throws IOException {
    int[] count = {0};
    try (MappedFile file = MappedFile.open(index)) {
      SortedTable.read(
          file,
          (key, value, offset) -> {
            if (key.isEmpty()) {
              count[0] = header(index, new MessageCursor(index, value, offset));
            } else {
              entries.add(Entry.read(index, key, value, offset));
            }
          });
    }
    if (count[0] == 0) {
      throw new FormatException(index, 0, "no header says how many shards there are");
    }
    return count[0];
  }

  private static int header(Path index, MessageCursor message) throws FormatException {
    long count = 0;
    while (message.next()) {
      if (message.field() == 1) {
        count = message.number();
      } else if (message.field() == 2 && message.number() != 0) {
        throw new FormatException(index, message.offset(), "big-endian values, which are not read");
      }
    }
    if (count < 1 || count > MOST_SHARDS) {
      throw new FormatException(index, message.offset(), "a checkpoint of " + count + " shards");
    }
    return (int) count;
  }

  private static Path shard(Path index, int number, int count) throws FormatException {
    String name = index.getFileName().toString();
    if (!name.endsWith(INDEX)) {
      throw new FormatException(index, 0, "the name of a checkpoint's index ends in " + INDEX);
    }
    String shard = "%s.data-%05d-of-%05d".formatted(stem(name), number, count);
    Path path = index.resolveSibling(shard);
    if (!Files.isRegularFile(path)) {
      throw new FormatException(index, 0, "needs " + shard + " beside it, which is missing");
    }
    return path;
  }

  private static String stem(String name) {
    return name.substring(0, name.length() - INDEX.length());
  }

  /** What the index says of one variable. */
  private record Entry(
      String name, int type, List<Long> shape, long shard, long start, long size, int checksum) {
    static Entry read(Path index, String name, MemorySegment value, long offset)
        throws FormatException {
      MessageCursor message = new MessageCursor(index, value, offset);
      int type = 0;
      List<Long> shape = List.of();
      long shard = 0;
      long start = 0;
      long size = 0;
      int checksum = 0;
      while (message.next()) {
        switch (message.field()) {
          case 1 -> type = (int) message.number();
          case 2 -> shape = shape(message.message());
          case 3 -> shard = message.number();
          case 4 -> start = message.number();
          case 5 -> size = message.number();
          case 6 -> checksum = message.fixed32();
          case 7 ->
              throw new FormatException(
                  index, offset, "variable \"" + name + "\" is kept in slices, which are not read");
          default -> {}
        }
      }
      return new Entry(name, type, shape, shard, start, size, checksum);
    }

    private static List<Long> shape(MessageCursor message) throws FormatException {
      List<Long> sizes = new ArrayList<>();
      while (message.next()) {
        if (message.field() == 2) {
          MessageCursor dimension = message.message();
          long size = 0;
          while (dimension.next()) {
            size = dimension.field() == 1 ? dimension.number() : size;
          }
          sizes.add(size);
        }
      }
      return sizes;
    }

    StoredTensor stored(Path index, List<MappedFile> shards) throws FormatException {
      String what = "variable \"" + name + "\"";
      if (shard < 0 || shard >= shards.size()) {
        throw new FormatException(index, 0, what + " in shard " + shard + " of " + shards.size());
      }
      MappedFile file = shards.get((int) shard);
      if (start < 0 || size < 0 || start > file.size() || size > file.size() - start) {
        throw new FormatException(
            file.path(), file.size(), what + " ends after the file, which is cut short");
      }
      TensorType stored =
          tensorType(type)
              .orElseThrow(
                  () ->
                      new FormatException(index, 0, what + " has type " + type + ", not a number"));
      Layout layout = Layout.rowMajor(shape);
      Optional<String> problem = layout.problem(size / stored.blockBytes(), stored.blockBytes());
      if (problem.isPresent() || layout.values() * stored.blockBytes() != size) {
        throw new FormatException(
            index, 0, what + " is " + shape + " of " + stored + " in " + size + " bytes");
      }
      MemorySegment bytes = file.memory().asSlice(start, size);
      if (Checksum.masked(bytes) != checksum) {
        throw new FormatException(
            file.path(), start, what + " does not have its checksum; fetch the file again");
      }
      return new StoredTensor(stored, layout, ByteOrder.LITTLE_ENDIAN, ByteSource.of(bytes, start));
    }
  }

  /** The numbers of TensorFlow's types.proto. */
  private static Optional<TensorType> tensorType(int number) {
    return switch (number) {
      case 1 -> Optional.of(TensorType.F32);
      case 2 -> Optional.of(TensorType.F64);
      case 3 -> Optional.of(TensorType.I32);
      case 4 -> Optional.of(TensorType.U8);
      case 5 -> Optional.of(TensorType.I16);
      case 6 -> Optional.of(TensorType.I8);
      case 9 -> Optional.of(TensorType.I64);
      case 10 -> Optional.of(TensorType.BOOL);
      case 14 -> Optional.of(TensorType.BF16);
      case 17 -> Optional.of(TensorType.U16);
      case 19 -> Optional.of(TensorType.F16);
      case 22 -> Optional.of(TensorType.U32);
      case 23 -> Optional.of(TensorType.U64);
      default -> Optional.empty();
    };
  }

  @Override
  public Path path() {
    return path;
  }

  @Override
  public SequencedSet<String> names() {
    return Collections.unmodifiableSequencedSet(variables.sequencedKeySet());
  }

  /** As the interface says; the offset is in the variable's shard. */
  @Override
  public TensorInfo info(String name) {
    return variable(name).info(name);
  }

  @Override
  public boolean readable(String name) {
    return variable(name).type().scalarType().isPresent();
  }

  @Override
  public Tensor tensor(String name) {
    return variable(name).read();
  }

  private StoredTensor variable(String name) {
    StoredTensor variable = variables.get(name);
    if (variable == null) {
      throw new IllegalArgumentException(path + ": no variable \"" + name + "\"");
    }
    return variable;
  }

  @Override
  public void close() {
    shards.forEach(MappedFile::close);
  }
}
