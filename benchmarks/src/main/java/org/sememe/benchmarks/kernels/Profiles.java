package org.sememe.benchmarks.kernels;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/**
 * What the compiler has seen at the kernels' call sites before anything is measured. It compiles
 * for the kinds of memory and the lengths of loops that it saw; a benchmark that sees one of each
 * measures code that no long-running process has.
 */
public enum Profiles {
  /** Nothing. */
  CLEAN,
  /** All kernels at every shape's width, on native memory, where Sememe has all its rows. */
  NATIVE,
  /**
   * The same, and vectors over Java arrays beside it, as the Vector API itself has them at first.
   */
  MIXED,
  /** And the kernels on mapped files too: three classes, which the JDK no longer tells apart. */
  EVERY;

  private static final int LATENTS = 160;
  private static final int BATCH = 16;
  private static final int POSITIONS = 16;

  /** Enough for all to be compiled with what they saw. */
  private static final int CALLS = 60;

  private List<Storage> storages() {
    return switch (this) {
      case CLEAN -> List.of();
      case NATIVE, MIXED -> List.of(Storage.NATIVE);
      case EVERY -> List.of(Storage.values());
    };
  }

  /** Shows the kernels to the compiler. */
  void prepare() {
    List<Storage> storages = storages();
    if (storages.isEmpty()) {
      return;
    }
    if (this != NATIVE) {
      HeapVectors.run();
    }
    try (Arena arena = Arena.ofShared()) {
      List<Jobs> all = new ArrayList<>();
      for (Shape shape : Shape.values()) {
        for (Storage storage : storages) {
          Inputs in = Inputs.random(shape, LATENTS, storage, arena);
          all.add(new RowJobs(in));
          all.add(new DecodeJobs(in));
          all.add(new ScanJobs(in));
          all.add(new TokenJobs(in));
          all.add(new NetworkJobs(in, POSITIONS));
          all.add(new BatchJobs(in, BATCH));
        }
      }
      double sum = 0;
      for (int call = 0; call < CALLS; call += storages.size()) {
        for (Jobs jobs : all) {
          sum += jobs.all();
        }
      }
      all.forEach(Jobs::close);
      if (Double.isNaN(sum)) {
        throw new IllegalStateException("the kernels gave NaN on finite inputs");
      }
    }
  }
}
