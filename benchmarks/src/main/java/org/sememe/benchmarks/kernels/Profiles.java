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
  CLEAN {
    @Override
    void prepare() {}
  },
  /**
   * All kernels at every shape's width, on native, heap and mapped memory in turns, often enough to
   * be compiled so.
   */
  MIXED {
    @Override
    void prepare() {
      try (Arena arena = Arena.ofShared()) {
        List<Jobs> all = new ArrayList<>();
        for (Shape shape : Shape.values()) {
          for (Storage storage : Storage.values()) {
            Inputs in = Inputs.random(shape, LATENTS, storage, arena);
            all.add(new RowJobs(in));
            all.add(new DecodeJobs(in));
            all.add(new ScanJobs(in));
            all.add(new TokenJobs(in));
            all.add(new BatchJobs(in, BATCH));
          }
        }
        double sum = 0;
        for (int round = 0; round < ROUNDS; round++) {
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
  };

  private static final int LATENTS = 160;
  private static final int BATCH = 16;
  private static final int ROUNDS = 60;

  /** Shows the kernels to the compiler. */
  abstract void prepare();
}
