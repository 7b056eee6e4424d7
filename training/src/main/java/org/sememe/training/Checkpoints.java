package org.sememe.training;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.sememe.tensors.AtomicFile;
import org.sememe.tensors.Sha256;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.safetensors.SafetensorsFile;
import org.sememe.tensors.safetensors.SafetensorsWriter;

/**
 * A run's checkpoints: {@code step-N.safetensors} with the whole state, and beside it {@code
 * step-N.sha256}, which is written last. A checkpoint without its hash, or with another, does not
 * count. The last two are kept, and of the others the first in each doubling of the steps since the
 * oldest, so that the course of a run of any length can be looked at.
 *
 * @param folder where they are
 */
record Checkpoints(Path folder) {
  private static final int KEPT = 2;
  private static final String POSITION = "position";
  private static final String SCALE = "input_scale";
  private static final String SKIPPED = "skipped_rows";

  /**
   * What a run needs beside its state.
   *
   * @param position of the batch source
   * @param inputScale what rows are multiplied by
   * @param skippedRows rows left out so far
   */
  record Progress(long position, double inputScale, long skippedRows) {}

  /** Writes a checkpoint and removes those that are too old. */
  void write(TrainState state, Progress progress) throws IOException {
    Files.createDirectories(folder);
    Path file = folder.resolve("step-%010d.safetensors".formatted(state.step()));
    Map<String, String> metadata =
        Map.of(
            POSITION, Long.toString(progress.position()),
            SCALE, Double.toString(progress.inputScale()),
            SKIPPED, Long.toString(progress.skippedRows()));
    SequencedMap<String, Tensor> tensors = new LinkedHashMap<>(state.tensors());
    tensors.putAll(state.memories());
    SafetensorsWriter.write(file, tensors, metadata);
    AtomicFile.write(
        hash(file), out -> out.write((Sha256.of(file) + "\n").getBytes(StandardCharsets.US_ASCII)));
    for (Path old : superfluous(newestFirst())) {
      Files.deleteIfExists(hash(old));
      Files.delete(old);
    }
  }

  private static List<Path> superfluous(List<Path> newestFirst) {
    List<Path> older = newestFirst.subList(Math.min(KEPT, newestFirst.size()), newestFirst.size());
    List<Path> rest = new ArrayList<>();
    double next = 0;
    for (Path file : older.reversed()) {
      long step = step(file);
      if (step >= next) {
        next = 2.0 * Long.highestOneBit(step / step(older.getLast())) * step(older.getLast());
      } else {
        rest.add(file);
      }
    }
    return rest;
  }

  private static long step(Path file) {
    return Long.parseLong(file.getFileName().toString().replaceAll("[^0-9]", ""));
  }

  /**
   * Restores the newest checkpoint that is whole; empty, with {@code state} untouched, if there is
   * none.
   */
  Optional<Progress> restore(TrainState state, TrainListener listener) throws IOException {
    for (Path file : newestFirst()) {
      if (!whole(file)) {
        listener.note(file + ": not whole, passed over");
        continue;
      }
      try (PointerScope scope = new PointerScope();
          SafetensorsFile saved = SafetensorsFile.open(file)) {
        for (Map.Entry<String, Tensor> tensor : state.tensors().entrySet()) {
          List<Long> shape = saved.info(tensor.getKey()).shape();
          if (!shape.equals(
              Arrays.stream(TensorMemory.shape(tensor.getValue())).boxed().toList())) {
            throw new IOException(
                file + ": " + tensor.getKey() + " is " + shape + ": from a run of another size");
          }
        }
        for (Map.Entry<String, Tensor> tensor : state.tensors().entrySet()) {
          TensorMemory.segment(tensor.getValue())
              .copyFrom(TensorMemory.segment(saved.tensor(tensor.getKey())));
        }
        Map<String, Tensor> memories = new LinkedHashMap<>();
        for (String name : saved.names()) {
          if (TrainState.isMemory(name)) {
            memories.put(name, saved.tensor(name));
          }
        }
        state.recall(memories);
        Map<String, String> metadata = saved.metadata();
        return Optional.of(
            new Progress(
                Long.parseLong(metadata.get(POSITION)),
                Double.parseDouble(metadata.get(SCALE)),
                Long.parseLong(metadata.get(SKIPPED))));
      }
    }
    return Optional.empty();
  }

  /** Whether there is a checkpoint, whole or not. */
  boolean any() throws IOException {
    return !newestFirst().isEmpty();
  }

  private static boolean whole(Path file) throws IOException {
    Path hash = hash(file);
    return Files.exists(hash)
        && Files.readString(hash, StandardCharsets.ISO_8859_1).strip().equals(Sha256.of(file));
  }

  private static Path hash(Path file) {
    return file.resolveSibling(file.getFileName().toString().replace(".safetensors", ".sha256"));
  }

  private List<Path> newestFirst() throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.getFileName().toString().matches("step-[0-9]+\\.safetensors"))
          .sorted(Comparator.reverseOrder())
          .toList();
    }
  }
}
