package org.sememe.analysis.meaning;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.TensorInfo;
import org.sememe.tensors.TensorType;
import org.sememe.tensors.safetensors.SafetensorsFile;
import org.sememe.tensors.safetensors.SafetensorsWriter;
import org.sememe.tensors.safetensors.SafetensorsWriter.Room;

/**
 * The vectors of features' meanings: a safetensors file of {@code vectors} F32 {@code [latents,
 * width]}, each of norm 1, and {@code texts} I64 {@code [latents]}, the hash of the texts that a
 * vector was made of, 0 where there is none. Mapped and filled in place, latent by latent, so that
 * no size of dictionary needs memory for it: a latent's hash is taken away before its vector
 * changes and written after it, so whoever is killed between them leaves a latent without a vector,
 * and nothing wrong. One writer at a time; others may read meanwhile.
 */
public final class MeaningFile implements AutoCloseable {
  /** The file's name, in the folder of what is kept of a dictionary. */
  public static final String NAME = "meanings.safetensors";

  private static final String VECTORS = "vectors";
  private static final String TEXTS = "texts";
  private static final String ENCODER = "encoder";
  private static final String SHA256 = "encoder_sha256";
  private static final ValueLayout.OfLong HASH =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final SafetensorsFile file;
  private final MemorySegment vectors;
  private final MemorySegment texts;
  private final int latents;
  private final int width;

  private MeaningFile(SafetensorsFile file, int latents, int width) {
    this.file = file;
    this.vectors = file.bytes(VECTORS);
    this.texts = file.bytes(TEXTS);
    this.latents = latents;
    this.width = width;
  }

  /** Makes a file in which no latent has a vector yet, in place of what was there. */
  private static void create(Path path, SentenceEncoder encoder, int latents, int width)
      throws IOException {
    SequencedMap<String, Room> rooms = new LinkedHashMap<>();
    rooms.put(VECTORS, new Room(TensorType.F32, List.of((long) latents, (long) width)));
    rooms.put(TEXTS, new Room(TensorType.I64, List.of((long) latents)));
    SafetensorsWriter.reserve(
        path, rooms, Map.of(ENCODER, encoder.name(), SHA256, encoder.sha256()));
  }

  /**
   * Opens a file to be read and filled.
   *
   * @throws FormatException if it is none of these
   */
  public static MeaningFile open(Path path) throws IOException {
    SafetensorsFile file = SafetensorsFile.open(path);
    try {
      if (!file.names().contains(VECTORS) || !file.names().contains(TEXTS)) {
        throw damaged(path);
      }
      TensorInfo vectors = file.info(VECTORS);
      TensorInfo texts = file.info(TEXTS);
      if (vectors.type() != TensorType.F32
          || vectors.shape().size() != 2
          || texts.type() != TensorType.I64
          || !texts.shape().equals(vectors.shape().subList(0, 1))
          || vectors.shape().stream().anyMatch(size -> size < 1 || size > Integer.MAX_VALUE)) {
        throw damaged(path);
      }
      return new MeaningFile(
          file, vectors.shape().getFirst().intValue(), vectors.shape().getLast().intValue());
    } catch (Throwable problem) {
      file.close();
      throw problem;
    }
  }

  private static FormatException damaged(Path path) {
    return new FormatException(
        path, 0, "has no vectors [latents, width] with their texts: delete it and make it anew");
  }

  /** Opens the file if it is there and of such a dictionary and encoder, else a new one. */
  static MeaningFile of(Path path, SentenceEncoder encoder, int latents, int width)
      throws IOException {
    if (Files.exists(path)) {
      MeaningFile there = open(path);
      if (there.sha256().equals(encoder.sha256())
          && there.latents == latents
          && there.width == width) {
        return there;
      }
      there.close();
    }
    create(path, encoder, latents, width);
    return open(path);
  }

  /** The name of the encoder that made the vectors. */
  public String encoder() {
    return file.metadata().getOrDefault(ENCODER, "");
  }

  /** Of that encoder's weights. */
  public String sha256() {
    return file.metadata().getOrDefault(SHA256, "");
  }

  /** Latents of the dictionary. */
  public int latents() {
    return latents;
  }

  /** Numbers of a vector. */
  public int width() {
    return width;
  }

  /** The hash of the texts that a latent's vector was made of; 0 if it has none. */
  public long hash(int latent) {
    return texts.get(HASH, (long) latent * Long.BYTES);
  }

  /** All vectors, mapped, float32 {@code [latents, width]}, read-only; gone after closing. */
  MemorySegment vectors() {
    return vectors;
  }

  /**
   * What is put at a latent.
   *
   * @param hash of its texts, or 0 for no vector
   * @param vector of norm 1; read only where there is a hash
   */
  @SuppressWarnings("ArrayRecordComponent") // goes straight into the file
  record Entry(int latent, long hash, float[] vector) {}

  /** Puts vectors in their places, and brings them to the disk. */
  void put(List<Entry> entries) throws IOException {
    try (FileChannel channel = FileChannel.open(file.path(), StandardOpenOption.WRITE)) {
      for (Entry entry : entries) {
        write(channel, number(0), place(TEXTS, entry.latent(), Long.BYTES));
      }
      channel.force(false);
      for (Entry entry : entries) {
        if (entry.hash() != 0) {
          ByteBuffer bytes = buffer(width * Float.BYTES);
          bytes.asFloatBuffer().put(entry.vector());
          write(channel, bytes, place(VECTORS, entry.latent(), width * Float.BYTES));
        }
      }
      channel.force(false);
      for (Entry entry : entries) {
        write(channel, number(entry.hash()), place(TEXTS, entry.latent(), Long.BYTES));
      }
    }
  }

  private long place(String tensor, int latent, int bytesEach) {
    return file.info(tensor).offset() + (long) latent * bytesEach;
  }

  private static ByteBuffer number(long value) {
    return buffer(Long.BYTES).putLong(0, value);
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void write(FileChannel channel, ByteBuffer bytes, long at) throws IOException {
    for (long to = at; bytes.hasRemaining(); ) {
      to += channel.write(bytes, to);
    }
  }

  @Override
  public void close() {
    file.close();
  }
}
