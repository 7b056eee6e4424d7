package org.sememe.analysis.index;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.activations.Shard;
import org.sememe.sae.Encoder;
import org.sememe.sae.Sae;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.Sha256;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.TensorType;
import org.sememe.tensors.safetensors.SafetensorsFile;
import org.sememe.tensors.safetensors.SafetensorsWriter;

/**
 * Encodes rows of shards a part at a time, and keeps each part in a file: a build that was stopped,
 * or that has more rows than the one before, encodes only what is not there. A part's file is named
 * after everything that its values depend on: dictionary, hook point, the shard's bytes, and which
 * rows. What it holds does not depend on where a build ended: rows are encoded in the same batches
 * always, as the last bits of a product depend on the batch.
 *
 * <p>Rows that were handed out are gone after {@link #close}. Not thread-safe.
 */
final class FiredParts implements AutoCloseable {
  private static final int ROWS_AT_ONCE = 2048;

  /** Rows of a part, where the shard and the text have so many. */
  private static final int ROWS = 8 * ROWS_AT_ONCE;

  private static final String SUFFIX = ".safetensors";

  private final Path folder;
  private final String dictionary;
  private final Sae sae;
  private final Encoder encoder;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment x;
  private final List<SafetensorsFile> open = new ArrayList<>();
  private final Set<Path> used = new HashSet<>();

  /**
   * Parts in a folder, which is made.
   *
   * @param dictionary says which dictionary it is
   */
  FiredParts(Path folder, String dictionary, Sae sae) throws IOException {
    this.folder = folder;
    this.dictionary = dictionary;
    this.sae = sae;
    Files.createDirectories(folder);
    this.encoder = new Encoder(sae, ROWS_AT_ONCE);
    this.x = arena.allocate(ValueLayout.JAVA_FLOAT, (long) ROWS_AT_ONCE * sae.config().width());
  }

  /**
   * What fires on some rows of a shard: of a part that begins with row {@code first}, a multiple of
   * the part's length, and ends at the next such multiple or with {@code end}.
   *
   * @param end after the last row that is wanted
   */
  FiredRows rows(Shard shard, long first, long end) throws IOException {
    int wanted = (int) Math.min(ROWS, end - first);
    // Whole batches, so that the next build finds them if it wants more of the part.
    long batches = (wanted + ROWS_AT_ONCE - 1) / ROWS_AT_ONCE;
    int count = (int) Math.min(batches * ROWS_AT_ONCE, shard.rows() - first);
    Path file = folder.resolve(name(shard, first, count));
    used.add(file);
    Optional<FiredRows> kept = read(file, count);
    if (kept.isEmpty()) {
      write(file, shard, first, count);
      kept = read(file, count);
    }
    return kept.orElseThrow(
            () -> new IOException(file + ": cannot be read again: is the disk full?"))
        .first(wanted);
  }

  private String name(Shard shard, long first, int count) {
    String all = String.join("\n", dictionary, sae.config().hook(), shard.sha256());
    String digest = Sha256.of(all.getBytes(StandardCharsets.UTF_8)).substring(0, 24);
    return "%s-%d-%d%s".formatted(digest, first, count, SUFFIX);
  }

  private void write(Path file, Shard shard, long first, int count) throws IOException {
    List<FiredRows> batches = new ArrayList<>();
    try (Arena memory = Arena.ofShared();
        PointerScope scope = new PointerScope()) {
      for (int done = 0; done < count; done += ROWS_AT_ONCE) {
        int rows = Math.min(ROWS_AT_ONCE, count - done);
        shard.copyRows(sae.config().hook(), first + done, rows, x, 0);
        batches.add(FiredRows.of(encoder.encode(x, rows), memory));
      }
      FiredRows all = FiredRows.joined(batches, memory);
      SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
      tensors.put("active", TensorMemory.tensor(all.active(), ScalarType.Int, count));
      tensors.put("latents", TensorMemory.tensor(all.latents(), ScalarType.Int, all.count()));
      tensors.put(
          "activations", TensorMemory.tensor(all.activations(), ScalarType.Float, all.count()));
      SafetensorsWriter.write(
          file, tensors, Map.of("shard", shard.file(), "first_row", Long.toString(first)));
    }
  }

  /** A part; empty if it is not there, or not whole. */
  private Optional<FiredRows> read(Path path, int rows) throws IOException {
    SafetensorsFile file;
    try {
      file = SafetensorsFile.open(path);
    } catch (NoSuchFileException | FormatException absent) {
      return Optional.empty();
    }
    open.add(file);
    if (!file.names().containsAll(List.of("active", "latents", "activations"))) {
      return Optional.empty();
    }
    FiredRows all =
        new FiredRows(file.bytes("active"), file.bytes("latents"), file.bytes("activations"));
    boolean whole =
        file.info("active").type() == TensorType.I32
            && file.info("latents").type() == TensorType.I32
            && file.info("activations").type() == TensorType.F32
            && all.rows() == rows
            && all.agree(sae.config().latents());
    return whole ? Optional.of(all) : Optional.empty();
  }

  /** Deletes the parts that nobody asked for: they are of another dictionary, or of other rows. */
  void prune() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(f -> f.toString().endsWith(SUFFIX)).toList()) {
        if (!used.contains(file)) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  @Override
  public void close() {
    encoder.close();
    open.forEach(SafetensorsFile::close);
    arena.close();
  }
}
