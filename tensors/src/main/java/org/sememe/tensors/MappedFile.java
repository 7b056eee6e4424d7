package org.sememe.tensors;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file mapped into memory, read-only. Opening reads nothing and takes no memory; pages come in as
 * they are touched. Thread-safe. After {@link #close}, every access to its memory throws {@link
 * IllegalStateException}. The file must not shrink while it is mapped.
 */
public final class MappedFile implements AutoCloseable {
  private static final byte[] LFS_POINTER =
      "version https://git-lfs".getBytes(StandardCharsets.US_ASCII);

  private final Path path;
  private final Arena arena;
  private final MemorySegment memory;

  private MappedFile(Path path, Arena arena, MemorySegment memory) {
    this.path = path;
    this.arena = arena;
    this.memory = memory;
  }

  /**
   * Maps a file.
   *
   * @throws NoSuchFileException if there is none
   * @throws FormatException if it is a folder, or Git LFS's pointer to a file instead of the file
   */
  public static MappedFile open(Path path) throws IOException {
    if (Files.isDirectory(path)) {
      throw new FormatException(path, 0, "a folder, where a file is expected");
    }
    Arena arena = Arena.ofShared();
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      MemorySegment memory = channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
      if (isPointer(memory)) {
        throw new FormatException(
            path, 0, "a Git LFS pointer instead of the file itself: fetch it with git lfs pull");
      }
      return new MappedFile(path, arena, memory.asReadOnly());
    } catch (Throwable problem) {
      arena.close();
      throw problem;
    }
  }

  private static boolean isPointer(MemorySegment memory) {
    int length = LFS_POINTER.length;
    return memory.byteSize() >= length
        && memory.asSlice(0, length).mismatch(MemorySegment.ofArray(LFS_POINTER)) == -1;
  }

  /** The file. */
  public Path path() {
    return path;
  }

  /** Its size in bytes. */
  public long size() {
    return memory.byteSize();
  }

  /** All its bytes, read-only. */
  public MemorySegment memory() {
    return memory;
  }

  /** The bytes of a tensor of this file, read-only. */
  public MemorySegment bytes(TensorInfo info) {
    return memory.asSlice(info.offset(), info.bytes());
  }

  /** Unmaps the file; a second call does nothing. */
  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
