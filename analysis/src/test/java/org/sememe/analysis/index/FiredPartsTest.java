package org.sememe.analysis.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.activations.Shard;
import org.sememe.activations.Split;
import org.sememe.activations.StoreType;
import org.sememe.models.testing.TinyModel;
import org.sememe.sae.ActiveLatents;
import org.sememe.sae.Sae;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.Torch;

/** Encoded rows that are kept in files, and what is encoded again. */
class FiredPartsTest {
  private static final int ROWS = 40_000;
  private static final int PART = 16_384;

  @TempDir private Path folder;
  private Sae sae;
  private final RandomShard shard = new RandomShard("a", 1);

  @BeforeEach
  void open() {
    Torch.start(2);
    sae = TinyIndex.dictionary(TinyIndex.LATENTS);
  }

  @AfterEach
  void close() {
    sae.close();
    shard.arena.close();
  }

  /** A shard that counts how many of its rows are read. */
  private static final class RandomShard implements Shard {
    private final String sha256;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment values =
        arena.allocate(ValueLayout.JAVA_FLOAT, (long) ROWS * TinyModel.WIDTH);
    private int read;

    RandomShard(String sha256, long seed) {
      this.sha256 = sha256;
      RandomStream.of(seed).fillNormal(values, 1);
    }

    @Override
    public void copyRows(String hook, long first, long count, MemorySegment target, long at) {
      long bytes = (long) TinyModel.WIDTH * Float.BYTES;
      MemorySegment.copy(values, first * bytes, target, at, count * bytes);
      read += (int) count;
    }

    int readSince() {
      int since = read;
      read = 0;
      return since;
    }

    @Override
    public String file() {
      return "train-00000.safetensors";
    }

    @Override
    public String sha256() {
      return sha256;
    }

    @Override
    public long rows() {
      return ROWS;
    }

    @Override
    public Split split() {
      return Split.TRAIN;
    }

    @Override
    public StoreType dtype() {
      return StoreType.F32;
    }

    @Override
    public int width(String hook) {
      return TinyModel.WIDTH;
    }

    @Override
    public MemorySegment activations(String hook) {
      return values;
    }

    @Override
    public MemorySegment tokenIds() {
      throw new UnsupportedOperationException();
    }

    @Override
    public MemorySegment documentIds() {
      throw new UnsupportedOperationException();
    }

    @Override
    public MemorySegment positions() {
      throw new UnsupportedOperationException();
    }

    @Override
    public MemorySegment contextIds() {
      throw new UnsupportedOperationException();
    }
  }

  /** The latents and activations of each row up to {@code end}. */
  private List<String> all(String dictionary, long end) throws IOException {
    List<String> rows = new ArrayList<>();
    try (FiredParts parts = new FiredParts(folder, dictionary, sae)) {
      while (rows.size() < end) {
        FiredRows some = parts.rows(shard, rows.size(), end);
        long at = 0;
        for (int row = 0; row < some.rows(); row++) {
          StringBuilder text = new StringBuilder();
          for (int i = 0; i < some.active(row); i++, at++) {
            text.append(some.latent(at)).append('=').append(some.activation(at)).append(' ');
          }
          rows.add(text.toString());
        }
      }
      parts.prune();
    }
    assertThat(rows).hasSize((int) end);
    return rows;
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  @Test
  void partsAreTheRowsCodes() throws IOException {
    List<String> rows = all("one", ROWS);
    assertThat(files()).hasSize(3);
    float[][] some = new float[2][TinyModel.WIDTH];
    int[] where = {7, PART + 1};
    for (int i = 0; i < 2; i++) {
      MemorySegment.copy(
          shard.values,
          ValueLayout.JAVA_FLOAT,
          (long) where[i] * TinyModel.WIDTH * Float.BYTES,
          some[i],
          0,
          TinyModel.WIDTH);
      ActiveLatents expected = sae.encode(some).get(i);
      String[] found = rows.get(where[i]).strip().split(" ");
      assertThat(found).hasSize(TinyIndex.K);
      for (int place = 0; place < found.length; place++) {
        String[] pair = found[place].split("=");
        assertThat(pair[0]).isEqualTo(Integer.toString(expected.latents()[place]));
        assertThat(Float.parseFloat(pair[1]))
            .isCloseTo(expected.activations()[place], Percentage.withPercentage(1e-3));
      }
    }
  }

  @Test
  void whatIsThereIsNotEncodedAgainWhereverTheLastBuildEnded() throws IOException {
    List<String> whole = all("one", ROWS);
    assertThat(shard.readSince()).isEqualTo(ROWS);
    assertThat(all("one", ROWS)).isEqualTo(whole);
    assertThat(shard.readSince()).isZero();

    assertThat(all("two", PART + 100)).isEqualTo(whole.subList(0, PART + 100));
    assertThat(shard.readSince()).isEqualTo(PART + 2048); // whole batches
    assertThat(all("two", PART + 2000)).isEqualTo(whole.subList(0, PART + 2000));
    assertThat(shard.readSince()).isZero();
    assertThat(all("two", ROWS)).isEqualTo(whole);
    assertThat(shard.readSince()).isEqualTo(ROWS - PART); // all but the first part
    assertThat(files()).hasSize(3);
  }

  @Test
  void anotherDictionaryOrShardIsEncodedAndTakesThePlace() throws IOException {
    all("one", 2048);
    List<Path> before = files();
    shard.readSince();
    all("two", 2048);
    assertThat(shard.readSince()).isEqualTo(2048);
    assertThat(files()).hasSize(1).doesNotContainAnyElementsOf(before);
    try (FiredParts parts = new FiredParts(folder, "two", sae)) {
      RandomShard other = new RandomShard("b", 2);
      parts.rows(other, 0, 2048);
      assertThat(other.readSince()).isEqualTo(2048);
      other.arena.close();
    }
  }

  @Test
  void aPartThatIsNotWholeIsEncodedAgain() throws IOException {
    List<String> rows = all("one", 2048);
    byte[] whole = Files.readAllBytes(files().getFirst());
    shard.readSince();
    byte[] wrongLatent = whole.clone();
    int header = (int) MemorySegment.ofArray(whole).get(ValueLayout.JAVA_LONG_UNALIGNED, 0) + 8;
    byte[] wrongCount = whole.clone();
    wrongCount[header]++;
    Arrays.fill(wrongLatent, header + 4 * 2048, header + 8 * 2048, (byte) 99);
    for (byte[] bytes : List.of(new byte[0], Arrays.copyOf(whole, 5000), wrongCount, wrongLatent)) {
      Files.write(files().getFirst(), bytes);
      assertThat(all("one", 2048)).isEqualTo(rows);
      assertThat(shard.readSince()).isEqualTo(2048);
      assertThat(files().getFirst()).hasBinaryContent(whole);
    }
  }
}
