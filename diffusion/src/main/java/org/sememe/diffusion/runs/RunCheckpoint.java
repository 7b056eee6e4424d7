package org.sememe.diffusion.runs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.Tensor;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.safetensors.SafetensorsFile;
import org.sememe.tensors.safetensors.SafetensorsWriter;
import org.sememe.training.optimiser.Optimiser;

/**
 * {@code checkpoint.safetensors} of a run: its step, groups of named tensors and what optimisers
 * remember, as {@code GROUP.NAME}, and the plan's text. Knows the tensors, owns none.
 */
public final class RunCheckpoint {
  private static final String STEP = "step";

  private final Path file;
  private final String plan;
  private final Map<String, SequencedMap<String, Tensor>> tensors = new LinkedHashMap<>();
  private final Map<String, Optimiser> optimisers = new LinkedHashMap<>();

  /**
   * Of a run's folder.
   *
   * @param plan everything that a continued run has to have in common with its start
   */
  public RunCheckpoint(Path run, String plan) {
    this.file = run.resolve("checkpoint.safetensors");
    this.plan = plan;
  }

  /** Keeps these tensors, which change in place. */
  public RunCheckpoint tensors(String group, SequencedMap<String, Tensor> kept) {
    tensors.put(group, kept);
    return this;
  }

  /** Keeps what an optimiser remembers. */
  public RunCheckpoint optimiser(String group, Optimiser kept) {
    optimisers.put(group, kept);
    return this;
  }

  /** Writes it all, whole or not at all. */
  public void write(long step) throws IOException {
    try (PointerScope scope = new PointerScope()) {
      SequencedMap<String, Tensor> all = new LinkedHashMap<>();
      all.put(STEP, TensorMemory.longs(new long[] {step}, 1));
      tensors.forEach(
          (group, kept) ->
              kept.forEach((name, tensor) -> all.put(group + "." + name, tensor.detach())));
      optimisers.forEach(
          (group, kept) ->
              kept.state().forEach((name, tensor) -> all.put(group + "." + name, tensor)));
      SafetensorsWriter.write(file, all, Map.of("plan", plan));
    }
  }

  /**
   * Takes everything from the file, where there is one.
   *
   * @return the step that it stands at; 0 without a file
   * @throws FormatException if it is of another plan, or damaged
   */
  public long restore() throws IOException {
    if (!Files.exists(file)) {
      return 0;
    }
    try (SafetensorsFile stored = SafetensorsFile.open(file);
        PointerScope scope = new PointerScope();
        AutoGradMode off = new AutoGradMode(false)) {
      if (!plan.equals(stored.metadata().get("plan"))) {
        throw new FormatException(
            file,
            0,
            "of another plan, "
                + stored.metadata().get("plan")
                + "; give the same options, or another folder");
      }
      for (Map.Entry<String, SequencedMap<String, Tensor>> group : tensors.entrySet()) {
        for (Map.Entry<String, Tensor> kept : group.getValue().entrySet()) {
          copy(stored, group.getKey() + "." + kept.getKey(), kept.getValue());
        }
      }
      for (Map.Entry<String, Optimiser> kept : optimisers.entrySet()) {
        kept.getValue().restore(below(stored, kept.getKey() + "."));
      }
      return TensorMemory.longs(found(stored, STEP))[0];
    }
  }

  /** As {@link #restore}; what was made for it is given up where that fails. */
  public long restoreOr(Runnable giveUp) throws IOException {
    try {
      return restore();
    } catch (IOException | RuntimeException problem) {
      giveUp.run();
      throw problem;
    }
  }

  private void copy(SafetensorsFile stored, String name, Tensor to) throws IOException {
    Tensor from = found(stored, name);
    if (!Arrays.equals(TensorMemory.shape(from), TensorMemory.shape(to))
        || from.nbytes() != to.nbytes()) {
      throw new FormatException(file, 0, name + " has another shape or size than this run's");
    }
    TensorMemory.segment(to).copyFrom(TensorMemory.segment(from));
  }

  private Tensor found(SafetensorsFile stored, String name) throws IOException {
    if (!stored.names().contains(name)) {
      throw new FormatException(file, 0, "no " + name + ": not a checkpoint of this run");
    }
    return stored.tensor(name);
  }

  private static Map<String, Tensor> below(SafetensorsFile stored, String prefix) {
    Map<String, Tensor> found = new LinkedHashMap<>();
    for (String name : stored.names()) {
      if (name.startsWith(prefix)) {
        found.put(name.substring(prefix.length()), stored.tensor(name));
      }
    }
    return found;
  }
}
