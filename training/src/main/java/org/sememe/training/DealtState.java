package org.sememe.training;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.sememe.tensors.TensorMemory;
import org.sememe.training.ranks.Communicator;
import org.sememe.training.ranks.Mesh;
import org.sememe.training.ranks.Part;

/**
 * A run's state between rank 0, which has it whole when it reads and writes files, and the ranks,
 * which train it whole, or have a range of latents each of it or of the optimiser's moments. So a
 * checkpoint does not depend on how many ranks wrote it, and need not be seen by others than rank
 * 0.
 *
 * @param mesh of the ranks, which all make the same calls
 * @param options of the run
 * @param layout of the rows
 */
record DealtState(Mesh mesh, TrainOptions options, RowLayout layout) {

  /** What a run is taken up with: its state and where it stands. */
  record Begun(TrainState state, Checkpoints.Progress progress) {}

  /**
   * Refuses what cannot be dealt out.
   *
   * @throws IllegalArgumentException if the options need one rank
   */
  void check() {
    if (mesh.alone()) {
      return;
    }
    if (!options.fused() || !options.architecture().selects()) {
      throw new IllegalArgumentException(
          "several ranks train with architecture topk or batchtopk and the fused step; these"
              + " options need one rank");
    }
    if (parts().size() > 1
        && (options.resampleEvery() > 0 || options.optimisation().average() > 0)) {
      throw new IllegalArgumentException(
          "resample-every and average need all latents on a rank: shard the rows");
    }
    if (options.batch() < mesh.rows().size()) {
      throw new IllegalArgumentException(
          "batch=" + options.batch() + ": fewer rows than the " + mesh.rows().size() + " ranks");
    }
    int parts = mesh.latents().size();
    if (parts == 1) {
      return;
    }
    if (!options.matryoshka().fractions().isEmpty() || options.multiTopK() > 0) {
      throw new IllegalArgumentException(
          "matryoshka and multi-topk need all latents on a rank: shard the rows");
    }
    if (options.latents() / parts < options.k()) {
      throw new IllegalArgumentException(
          "latents=%d on %d ranks are fewer than k=%d on each"
              .formatted(options.latents(), parts, options.k()));
    }
  }

  /**
   * Gives the ranks what rank 0 begins with.
   *
   * @param whole on rank 0; it is closed where it is not the result
   * @return what this rank begins with
   */
  Begun deal(Optional<Begun> whole) {
    if (mesh.alone()) {
      return whole.orElseThrow();
    }
    TrainState mine =
        whole.isPresent() && parts().size() == 1 ? whole.get().state() : zerosOfThisRank();
    try {
      for (Map.Entry<String, Tensor> tensor : mine.tensors().entrySet()) {
        MemorySegment here = TensorMemory.segment(tensor.getValue());
        Optional<MemorySegment> there = whole.map(begun -> begun.state().memory(tensor.getKey()));
        deal(there, here, dealt(tensor.getKey()));
      }
      Begun begun = new Begun(mine, progress(whole.map(Begun::progress)));
      whole.filter(there -> there.state() != mine).ifPresent(there -> there.state().close());
      return begun;
    } catch (RuntimeException e) {
      mine.close();
      throw e;
    }
  }

  /** The ranks that have parts of the state. */
  private Communicator parts() {
    return mesh.latents().size() > 1 ? mesh.latents() : mesh.updates();
  }

  /** Whether each of them has a part of a tensor, or all have the whole of it. */
  private boolean dealt(String name) {
    return mesh.latents().size() > 1
        ? TrainState.byLatent(name)
        : mesh.updates().size() > 1 && TrainState.byUpdate(name);
  }

  private TrainState zerosOfThisRank() {
    return mesh.latents().size() > 1
        ? TrainState.part(options, layout, mesh.latents().part(options.latents()).count())
        : TrainState.updating(options, layout, mesh.updates().part(options.latents()));
  }

  private void deal(Optional<MemorySegment> whole, MemorySegment mine, boolean dealt) {
    if (!dealt) {
      whole.ifPresent(mine::copyFrom);
      mesh.all().broadcast(mine);
      return;
    }
    Part part = parts().part(options.latents());
    long bytes = mine.byteSize() / part.count() * options.latents();
    try (Arena arena = Arena.ofShared()) {
      MemorySegment all = whole.orElseGet(() -> arena.allocate(bytes, TrainStep.ALIGNMENT));
      mesh.all().broadcast(all);
      mine.copyFrom(part.of(all, options.latents()));
    }
  }

  private Checkpoints.Progress progress(Optional<Checkpoints.Progress> told) {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment numbers = arena.allocate(ValueLayout.JAVA_LONG, 3);
      told.ifPresent(
          at -> {
            numbers.setAtIndex(ValueLayout.JAVA_LONG, 0, at.position());
            numbers.setAtIndex(ValueLayout.JAVA_LONG, 1, at.skippedRows());
            numbers.setAtIndex(ValueLayout.JAVA_DOUBLE, 2, at.inputScale());
          });
      mesh.all().broadcast(numbers);
      return new Checkpoints.Progress(
          numbers.getAtIndex(ValueLayout.JAVA_LONG, 0),
          numbers.getAtIndex(ValueLayout.JAVA_DOUBLE, 2),
          numbers.getAtIndex(ValueLayout.JAVA_LONG, 1));
    }
  }

  /** What is done with a whole state. */
  @FunctionalInterface
  interface Use {
    void of(TrainState whole) throws IOException;
  }

  /** Lets rank 0 use the whole state; the others help to put it together. */
  void whole(TrainState mine, Use use) throws IOException {
    if (parts().size() == 1) {
      if (mesh.leads()) {
        use.of(mine);
      }
      return;
    }
    if (mesh.latents().size() > 1 && mesh.rows().rank() > 0) {
      return; // the first of those with other rows has the same
    }
    if (!mesh.leads()) {
      collect(mine, Optional.empty());
      return;
    }
    try (TrainState whole = TrainState.zeros(options, layout)) {
      collect(mine, Optional.of(whole));
      use.of(whole);
    }
  }

  private void collect(TrainState mine, Optional<TrainState> whole) {
    for (String name : mine.tensors().sequencedKeySet()) {
      MemorySegment all = whole.map(state -> state.memory(name)).orElse(MemorySegment.NULL);
      if (dealt(name)) {
        parts().collect(mine.memory(name), all, options.latents());
      } else if (whole.isPresent()) {
        all.copyFrom(mine.memory(name));
      }
    }
  }
}
