package org.sememe.kernels;

import java.lang.foreign.MemorySegment;

/**
 * Where native memory lies. A kernel asks once a row, and then reaches its values by address,
 * through {@link #ALL}.
 *
 * <p>The JDK's accesses to segments share their profiles over a whole program. As soon as segments
 * of several classes have passed by anywhere, a loop asks at each access which one it has, and the
 * Vector API itself works on segments over arrays until its methods are compiled: see
 * docs/performance.md for what that costs. Of the one constant segment the compiler knows all.
 */
final class Address {
  /** All of memory, from address 0 on. What is reached through it was checked by {@link #of}. */
  static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private Address() {}

  /**
   * The address of byte {@code at} of a segment, from which {@code n} 32-bit values are its own.
   */
  static long of(MemorySegment memory, long at, long n) {
    return ofBytes(memory, at, n * Float.BYTES);
  }

  /**
   * The address of byte {@code at} of a segment, from which {@code bytes} bytes are its own, for as
   * long as its owner keeps it open.
   *
   * @throws IllegalArgumentException if the memory is a Java array's
   * @throws IllegalStateException if it is closed
   * @throws IndexOutOfBoundsException if it has fewer bytes
   */
  static long ofBytes(MemorySegment memory, long at, long bytes) {
    if (!memory.isNative()) {
      throw new IllegalArgumentException("kernels take native memory, not a Java array's");
    }
    if (!memory.scope().isAlive()) {
      throw new IllegalStateException("the memory is closed");
    }
    if (at < 0 || bytes < 0 || at > memory.byteSize() - bytes) {
      throw new IndexOutOfBoundsException(
          bytes + " bytes from " + at + " on, of " + memory.byteSize());
    }
    return memory.address() + at;
  }
}
