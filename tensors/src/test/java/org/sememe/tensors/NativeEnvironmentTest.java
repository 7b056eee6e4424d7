package org.sememe.tensors;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

@DisabledOnOs(OS.WINDOWS)
class NativeEnvironmentTest {
  @Test
  void setsWhatTheUserLeftOpen() throws Throwable {
    String name = "SEMEME_TEST_" + System.nanoTime();
    NativeEnvironment.setUnlessSet(name, "first");
    NativeEnvironment.setUnlessSet(name, "second");
    assertThat(get(name)).isEqualTo("first");
  }

  @Test
  void librariesAreToldNotToSpin() throws Throwable {
    Torch.start(2);
    assertThat(get("OMP_WAIT_POLICY")).isNotEmpty();
    assertThat(get("OPENBLAS_THREAD_TIMEOUT")).isNotEmpty();
  }

  private static String get(String name) throws Throwable {
    Linker linker = Linker.nativeLinker();
    FunctionDescriptor signature = FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.ADDRESS);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment found =
          (MemorySegment)
              linker
                  .downcallHandle(linker.defaultLookup().find("getenv").orElseThrow(), signature)
                  .invokeExact(arena.allocateFrom(name));
      return found.address() == 0 ? "" : found.reinterpret(1 << 10).getString(0);
    }
  }
}
