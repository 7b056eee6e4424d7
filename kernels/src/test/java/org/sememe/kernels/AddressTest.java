package org.sememe.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class AddressTest {
  private static final int VALUES = 7;

  @Test
  void valuesAreReachedWhereTheyLie() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(ValueLayout.JAVA_FLOAT, VALUES);
      memory.setAtIndex(ValueLayout.JAVA_FLOAT, 3, 2.5f);
      assertThat(Lanes.get(Address.of(memory, 3 * Float.BYTES, 4))).isEqualTo(2.5f);
      Lanes.setInteger(Address.of(memory, 6 * Float.BYTES, 1), -9);
      assertThat(memory.getAtIndex(ValueLayout.JAVA_INT, 6)).isEqualTo(-9);
      assertThat(Lanes.integer(Address.of(memory.asSlice(8), 4 * Float.BYTES, 1))).isEqualTo(-9);
    }
  }

  @Test
  void whatIsNotTheSegmentsIsRefused() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(ValueLayout.JAVA_FLOAT, VALUES);
      long all = memory.byteSize();
      assertThat(Address.of(memory, all, 0)).isEqualTo(memory.address() + all);
      for (long[] range :
          new long[][] {{0, 8}, {4, 7}, {-4, 1}, {all, 1}, {0, -1}, {Long.MAX_VALUE - 3, 1}}) {
        assertThatThrownBy(() -> Address.of(memory, range[0], range[1]))
            .isInstanceOf(IndexOutOfBoundsException.class);
      }
    }
  }

  @Test
  void arraysAndClosedMemoryAreRefused() {
    MemorySegment array = MemorySegment.ofArray(new float[VALUES]);
    assertThatThrownBy(() -> Address.of(array, 0, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("kernels take native memory, not a Java array's");
    Arena arena = Arena.ofShared();
    MemorySegment closed = arena.allocate(ValueLayout.JAVA_FLOAT, VALUES);
    arena.close();
    assertThatThrownBy(() -> Address.of(closed, 0, 1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the memory is closed");
  }
}
