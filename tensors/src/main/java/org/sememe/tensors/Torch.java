package org.sememe.tensors;

import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.bytedeco.pytorch.global.torch;

/**
 * libtorch in this process: loading it and saying how many threads it computes with.
 *
 * <p>Nothing here runs before the first call, so that a command that needs no tensors never loads
 * the native libraries. Thread-safe.
 *
 * <p>Two native pools do arithmetic: libgomp (libtorch's element-wise and reduction operations) and
 * OpenBLAS's own (matrix products). Both get the same number. libgomp keeps one team for every Java
 * thread that calls libtorch, so let few threads call it, and start it before they do: a thread
 * that has computed already keeps the number it met first.
 */
public final class Torch {
  private Torch() {}

  /**
   * Loads libtorch, once a process, and computes with {@code threads} threads from here on.
   *
   * @param threads at least 1
   */
  public static synchronized void start(int threads) {
    requirePositive(threads);
    // Mapped model files count as resident memory: JavaCPP's limits would refuse to allocate beside
    // them. The launcher sets the same; this is for programs that embed us.
    unlimited("org.bytedeco.javacpp.maxPhysicalBytes");
    unlimited("org.bytedeco.javacpp.maxBytes");
    // Both pools would spin between two operations, each on cores that the other, or Java, needs.
    NativeEnvironment.setUnlessSet("OMP_WAIT_POLICY", "passive");
    NativeEnvironment.setUnlessSet("OPENBLAS_THREAD_TIMEOUT", "14"); // 2^14 cycles
    Loader.load(openblas_nolapack.class);
    Loader.load(torch.class);
    threads(threads);
  }

  /** The number of threads that libtorch computes with; loads libtorch. */
  public static int threads() {
    return torch.get_num_threads();
  }

  /**
   * Computes with {@code threads} threads from here on; loads libtorch.
   *
   * @param threads at least 1
   */
  public static synchronized void threads(int threads) {
    requirePositive(threads);
    torch.set_num_threads(threads);
    productThreads(threads);
  }

  /** Matrix products alone are computed with {@code threads} threads from here on. */
  static synchronized void productThreads(int threads) {
    org.bytedeco.openblas.presets.openblas_nolapack.blas_set_num_threads(threads);
  }

  private static void requirePositive(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be at least 1, not " + threads);
    }
  }

  private static void unlimited(String property) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, "0");
    }
  }
}
