package org.sememe.benchmarks.kernels;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Where a segment's memory is. To the compiler each is a class of its own. */
enum Storage {
  /** An arena's memory, as libtorch's is. */
  NATIVE {
    @Override
    MemorySegment floats(Arena arena, long count) {
      return arena.allocate(count * Float.BYTES, 64);
    }
  },
  /** A mapped file, as weights and stores are. */
  MAPPED {
    @Override
    MemorySegment floats(Arena arena, long count) {
      try {
        Path file = Files.createTempFile("sememe-benchmark", ".bin");
        try (FileChannel channel =
            FileChannel.open(
                file,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                StandardOpenOption.DELETE_ON_CLOSE)) {
          return channel.map(FileChannel.MapMode.READ_WRITE, 0, count * Float.BYTES, arena);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  };

  /** Room for float32 values. */
  abstract MemorySegment floats(Arena arena, long count);

  /** Float32 values. */
  MemorySegment of(Arena arena, float... values) {
    MemorySegment memory = floats(arena, values.length);
    MemorySegment.copy(values, 0, memory, ValueLayout.JAVA_FLOAT, 0, values.length);
    return memory;
  }

  /** Int32 values. */
  MemorySegment of(Arena arena, int... values) {
    MemorySegment memory = floats(arena, values.length); // an int is as wide
    MemorySegment.copy(values, 0, memory, ValueLayout.JAVA_INT, 0, values.length);
    return memory;
  }
}
