package org.sememe.tensors.safetensors;

import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/** Mapped memory as a stream, so that parsing a long header never copies it whole. */
final class MappedInput extends InputStream {
  private final MemorySegment memory;
  private long position;

  MappedInput(MemorySegment memory) {
    this.memory = memory;
  }

  @Override
  public int read() {
    return position == memory.byteSize()
        ? -1
        : Byte.toUnsignedInt(memory.get(ValueLayout.JAVA_BYTE, position++));
  }

  @Override
  public int read(byte[] target, int from, int count) {
    Objects.checkFromIndexSize(from, count, target.length);
    int read = (int) Math.min(count, memory.byteSize() - position);
    if (read == 0 && count > 0) {
      return -1;
    }
    MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, position, target, from, read);
    position += read;
    return read;
  }
}
