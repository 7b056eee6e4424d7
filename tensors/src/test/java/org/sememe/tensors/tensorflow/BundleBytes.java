package org.sememe.tensors.tensorflow;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.sememe.tensors.protobuf.MessageBytes;

/** A checkpoint written by hand: variables in the order of their names, two to a block. */
public final class BundleBytes {
  static final int F32 = 1;
  private static final int ENTRIES_A_BLOCK = 2;
  private static final long MAGIC = 0xdb4775248b80fb57L;

  private final List<String> keys = new ArrayList<>();
  private final List<byte[]> values = new ArrayList<>();
  private final ByteArrayOutputStream data = new ByteArrayOutputStream();

  /** A checkpoint that says it has one shard. */
  public static BundleBytes start() {
    return new BundleBytes().entry("", new MessageBytes().number(1, 1));
  }

  /** Any entry. */
  BundleBytes entry(String key, MessageBytes value) {
    keys.add(key);
    values.add(value.toBytes());
    return this;
  }

  /** A variable and its values. */
  public BundleBytes floats(String name, long[] shape, float... content) {
    ByteBuffer bytes =
        ByteBuffer.allocate(content.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : content) {
      bytes.putFloat(value);
    }
    int start = data.size();
    data.writeBytes(bytes.array());
    int crc = Checksum.masked(MemorySegment.ofArray(bytes.array()));
    return entry(name, variable(F32, start, bytes.capacity(), crc, shape));
  }

  /** What an entry says of a variable in the first shard. */
  static MessageBytes variable(int type, long start, long size, int checksum, long... shape) {
    MessageBytes sizes = new MessageBytes();
    for (long each : shape) {
      sizes.message(2, new MessageBytes().number(1, each));
    }
    return new MessageBytes()
        .number(1, type)
        .message(2, sizes)
        .number(4, start)
        .number(5, size)
        .fixed32(6, checksum);
  }

  /** The blocks of entries, without their trailers. */
  List<byte[]> blocks() {
    List<byte[]> blocks = new ArrayList<>();
    for (int first = 0; first < keys.size(); first += ENTRIES_A_BLOCK) {
      int end = Math.min(first + ENTRIES_A_BLOCK, keys.size());
      blocks.add(block(keys.subList(first, end), values.subList(first, end)));
    }
    return blocks;
  }

  private static byte[] block(List<String> keys, List<byte[]> values) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] before = {};
    for (int i = 0; i < keys.size(); i++) {
      byte[] key = keys.get(i).getBytes(StandardCharsets.UTF_8);
      int shared = Math.max(0, Arrays.mismatch(before, key));
      MessageBytes entry = new MessageBytes().varint(shared).varint(key.length - shared);
      out.writeBytes(entry.varint(values.get(i).length).toBytes());
      out.write(key, shared, key.length - shared);
      out.writeBytes(values.get(i));
      before = key;
    }
    out.writeBytes(little(2 * Integer.BYTES).putInt(0).putInt(1).array()); // one restart point
    return out.toByteArray();
  }

  private static ByteBuffer little(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The index over some blocks, with checksums that are right whatever the blocks hold. */
  static byte[] table(List<byte[]> blocks) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    List<byte[]> handles = new ArrayList<>();
    for (byte[] block : blocks) {
      handles.add(placed(out, block));
    }
    return indexed(out.toByteArray(), handles);
  }

  /** The same of blocks that are written already, at any places. */
  static byte[] indexed(byte[] written, List<byte[]> handles) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(written);
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < handles.size(); i++) {
      keys.add("%06d".formatted(i));
    }
    byte[] empty = placed(out, block(List.of(), List.of()));
    byte[] index = placed(out, block(keys, handles));
    byte[] footer = little(48).put(empty).put(index).putLong(40, MAGIC).array();
    out.writeBytes(footer);
    return out.toByteArray();
  }

  /** Writes a block with its trailer; gives its handle. */
  private static byte[] placed(ByteArrayOutputStream out, byte[] block) {
    byte[] handle = new MessageBytes().varint(out.size()).varint(block.length).toBytes();
    byte[] whole = Arrays.copyOf(block, block.length + 1);
    out.writeBytes(whole);
    int crc = Checksum.masked(MemorySegment.ofArray(whole));
    out.writeBytes(little(Integer.BYTES).putInt(crc).array());
    return handle;
  }

  /** Writes {@code variables.index} and its shard; gives the index. */
  public Path write(Path folder) throws IOException {
    Files.write(folder.resolve("variables.data-00000-of-00001"), data.toByteArray());
    return Files.write(folder.resolve("variables.index"), table(blocks()));
  }
}
