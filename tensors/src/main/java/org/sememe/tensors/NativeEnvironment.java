package org.sememe.tensors;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * The environment that native libraries read while they load; Java's own view of it is a copy.
 * Systems without {@code setenv} are left as they are.
 */
final class NativeEnvironment {
  private NativeEnvironment() {}

  /** Sets a variable of this process, unless the user has set it. */
  static void setUnlessSet(String name, String value) {
    Linker linker = Linker.nativeLinker();
    Optional<MemorySegment> setenv = linker.defaultLookup().find("setenv");
    if (setenv.isEmpty()) {
      return;
    }
    FunctionDescriptor signature =
        FunctionDescriptor.of(
            ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
    MethodHandle call = linker.downcallHandle(setenv.get(), signature);
    try (Arena arena = Arena.ofConfined()) {
      int overwrite = 0;
      int failed =
          (int) call.invokeExact(arena.allocateFrom(name), arena.allocateFrom(value), overwrite);
      assert failed == 0 : name;
    } catch (Throwable problem) {
      throw new AssertionError("setenv has this signature on every system", problem);
    }
  }
}
