package org.sememe.tensors.safetensors;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import org.bytedeco.pytorch.Tensor;
import org.sememe.tensors.AtomicFile;
import org.sememe.tensors.Sha256;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.TensorType;

/**
 * Writes safetensors files: whole or not at all, straight from the tensors' memory, the same bytes
 * for the same tensors. The header keeps the given order and is padded so that the data starts at a
 * multiple of 64 bytes; the data lies by falling size of its type, so every tensor is aligned.
 */
public final class SafetensorsWriter {
  private static final int ALIGNMENT = 64;
  private static final long PIECE = 1L << 26;
  private static final JsonFactory JSON = new JsonFactory();

  private SafetensorsWriter() {}

  /**
   * Writes {@code file}, over what was there.
   *
   * @param tensors contiguous, on the CPU, of a type that files know; not changed meanwhile
   * @param metadata free text entries, written in the order of their keys
   * @throws IllegalArgumentException if a tensor is of another kind, naming it
   */
  public static void write(
      Path file, SequencedMap<String, Tensor> tensors, Map<String, String> metadata)
      throws IOException {
    write(file, pieces(tensors, metadata));
  }

  /**
   * A tensor that is filled in later.
   *
   * @param shape its sizes
   */
  public record Room(TensorType type, List<Long> shape) {
    /** Keeps the sizes. */
    public Room {
      shape = List.copyOf(shape);
    }
  }

  /**
   * Writes {@code file} with room for tensors, all of them zeros: to be filled in place. Where the
   * file system can, it takes disk only as it is filled.
   */
  public static void reserve(
      Path file, SequencedMap<String, Room> tensors, Map<String, String> metadata)
      throws IOException {
    List<Slot> slots = new ArrayList<>();
    tensors.forEach(
        (name, room) ->
            slots.add(
                new Slot(
                    name, room.type, room.shape.stream().mapToLong(Long::longValue).toArray())));
    long bytes = slots.stream().mapToLong(Slot::bytes).sum();
    ByteBuffer header = header(slots, metadata);
    AtomicFile.writeChannel(
        file,
        out -> {
          writeFully(out, header);
          if (bytes > 0) {
            out.position(out.position() + bytes - 1);
            writeFully(out, ByteBuffer.allocate(1));
          }
        });
  }

  /**
   * What was written.
   *
   * @param bytes of the file
   * @param sha256 of the bytes that were given to the file
   */
  public record Written(long bytes, String sha256) {}

  /** As {@link #write}, and tells the digest, which is computed while the disk is waited for. */
  public static Written writeHashed(
      Path file, SequencedMap<String, Tensor> tensors, Map<String, String> metadata)
      throws IOException {
    List<ByteBuffer> pieces = pieces(tensors, metadata);
    FutureTask<String> digest = new FutureTask<>(() -> digest(pieces));
    Thread.ofPlatform().name("sememe-digest").daemon(true).start(digest);
    try {
      write(file, pieces);
    } finally {
      await(digest); // it reads the caller's memory
    }
    long bytes = pieces.stream().mapToLong(ByteBuffer::remaining).sum();
    return new Written(bytes, digest.resultNow());
  }

  private static void await(FutureTask<String> digest) {
    boolean interrupted = false;
    while (digest.state() == Future.State.RUNNING) {
      try {
        digest.get();
      } catch (InterruptedException e) {
        interrupted = true;
      } catch (ExecutionException e) {
        throw new IllegalStateException(e.getCause());
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static String digest(List<ByteBuffer> pieces) {
    MessageDigest digest = Sha256.digest();
    pieces.forEach(piece -> digest.update(piece.duplicate()));
    return HexFormat.of().formatHex(digest.digest());
  }

  private static void write(Path file, List<ByteBuffer> pieces) throws IOException {
    AtomicFile.writeChannel(
        file,
        out -> {
          for (ByteBuffer piece : pieces) {
            writeFully(out, piece.duplicate());
          }
        });
  }

  /** The file's bytes in order: the header, then views of the tensors' memory. */
  private static List<ByteBuffer> pieces(
      SequencedMap<String, Tensor> tensors, Map<String, String> metadata) throws IOException {
    List<Entry> entries = new ArrayList<>();
    tensors.forEach((name, tensor) -> entries.add(Entry.of(name, tensor)));
    List<ByteBuffer> pieces = new ArrayList<>();
    pieces.add(header(entries.stream().map(Entry::slot).toList(), metadata));
    List<Entry> inFile = new ArrayList<>(entries);
    inFile.sort(Comparator.comparing(Entry::slot, Slot.IN_FILE));
    for (Entry entry : inFile) {
      for (long at = 0; at < entry.memory.byteSize(); at += PIECE) {
        long count = Math.min(PIECE, entry.memory.byteSize() - at);
        pieces.add(entry.memory.asSlice(at, count).asByteBuffer());
      }
    }
    return pieces;
  }

  /** Where a tensor goes. */
  private record Slot(String name, TensorType type, long[] shape) {
    /** By falling size of the type. */
    static final Comparator<Slot> IN_FILE = Comparator.comparing(slot -> -slot.type.blockBytes());

    long bytes() {
      return Arrays.stream(shape).reduce(type.blockBytes(), Math::multiplyExact);
    }
  }

  /** One tensor to write. */
  private record Entry(Slot slot, MemorySegment memory) {
    static Entry of(String name, Tensor tensor) {
      if (name.equals(Header.METADATA)) {
        throw new IllegalArgumentException("no tensor may be called " + Header.METADATA);
      }
      TensorType type =
          TensorType.of(tensor.scalar_type())
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "tensor \"" + name + "\": no file type for " + tensor.scalar_type()));
      if (!tensor.is_cpu() || !tensor.is_contiguous()) {
        throw new IllegalArgumentException(
            "tensor \"" + name + "\" must be contiguous and on the CPU to be written");
      }
      Slot slot = new Slot(name, type, TensorMemory.shape(tensor));
      return new Entry(slot, TensorMemory.segment(tensor));
    }
  }

  private static ByteBuffer header(List<Slot> slots, Map<String, String> metadata)
      throws IOException {
    Map<String, Long> begins = new HashMap<>();
    long end = 0;
    for (Slot slot : slots.stream().sorted(Slot.IN_FILE).toList()) {
      begins.put(slot.name, end);
      end += slot.bytes();
    }
    ByteArrayOutputStream json = new ByteArrayOutputStream();
    json.writeBytes(new byte[Long.BYTES]);
    try (JsonGenerator out = JSON.createGenerator(json)) {
      out.writeStartObject();
      if (!metadata.isEmpty()) {
        out.writeObjectFieldStart(Header.METADATA);
        for (Map.Entry<String, String> entry : new TreeMap<>(metadata).entrySet()) {
          out.writeStringField(entry.getKey(), entry.getValue());
        }
        out.writeEndObject();
      }
      for (Slot slot : slots) {
        long begin = begins.get(slot.name);
        out.writeObjectFieldStart(slot.name);
        out.writeStringField("dtype", slot.type.name());
        out.writeFieldName("shape");
        out.writeArray(slot.shape, 0, slot.shape.length);
        out.writeFieldName("data_offsets");
        out.writeArray(new long[] {begin, begin + slot.bytes()}, 0, 2);
        out.writeEndObject();
      }
      out.writeEndObject();
    }
    while (json.size() % ALIGNMENT != 0) {
      json.write(' ');
    }
    if (json.size() - Long.BYTES > Header.LIMIT) {
      throw new IllegalArgumentException(
          "a header of " + json.size() + " bytes is over the format's limit of " + Header.LIMIT);
    }
    return ByteBuffer.wrap(json.toByteArray())
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(0, json.size() - Long.BYTES);
  }

  private static void writeFully(FileChannel out, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }
}
