package org.sememe.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.sae.Encoder;
import org.sememe.sae.Sae;
import org.sememe.sae.SaeFiles;
import org.sememe.sae.SparseCodes;
import org.sememe.sae.Sparsity;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.Sha256;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;
import org.sememe.tensors.testing.Damage;

class TrainerTest {
  private static final TrainListener SILENT = at -> {};
  private static final int KILLS = 6;

  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  private static Provenance provenance() {
    return new Provenance("blocks.0.hook_resid_post", "tiny", "00", "seeded rows", "11", Map.of());
  }

  /** What the run ended with, as hashes of its files. */
  private static Map<String, String> dictionary(TrainingRun run) throws IOException {
    return Map.of(
        "weights", Sha256.of(run.dictionary().resolve("sae_weights.safetensors")),
        "config", Sha256.of(run.dictionary().resolve("cfg.json")));
  }

  private Map<String, String> uninterrupted() throws IOException {
    TrainingRun run = TrainingRun.create(folder.resolve("whole"), provenance());
    TrainResult result =
        Trainer.train(run, TrainedProcess.source(), TrainedProcess.options(), SILENT, () -> false);
    assertThat(result.finished()).isTrue();
    return dictionary(run);
  }

  @Test
  void aRunStoppedAgainAndAgainGivesTheSameBytes() throws IOException {
    Map<String, String> whole = uninterrupted();
    Path path = folder.resolve("stopped");
    int[] steps = {0};
    TrainingRun run = TrainingRun.create(path, provenance());
    TrainResult result =
        Trainer.train(
            run,
            TrainedProcess.source(),
            TrainedProcess.options(),
            SILENT,
            () -> ++steps[0] % 37 == 0);
    int stops = 0;
    while (!result.finished()) {
      stops++;
      result =
          Trainer.resume(
              TrainingRun.open(path), TrainedProcess.source(), SILENT, () -> ++steps[0] % 37 == 0);
    }
    assertThat(stops).isGreaterThan(2);
    assertThat(dictionary(run)).isEqualTo(whole);
    assertThat(Files.readAllLines(run.metrics()).stream().map(TrainerTest::step).toList())
        .isSorted()
        .doesNotHaveDuplicates();
  }

  /** The last two, and the first after each doubling. */
  @Test
  void checkpointsThinOutAsTheyAge() throws IOException {
    TrainingRun run = TrainingRun.create(folder.resolve("run"), provenance());
    int[] steps = {0};
    Trainer.train(
        run,
        TrainedProcess.source(),
        TrainedProcess.options().with("checkpoint-every", "3"),
        SILENT,
        () -> ++steps[0] == 77);
    try (Stream<Path> files = Files.list(run.checkpoints())) {
      assertThat(
              files
                  .map(file -> file.getFileName().toString())
                  .filter(name -> name.endsWith(".safetensors"))
                  .map(name -> Integer.parseInt(name.replaceAll("[^0-9]", ""))))
          .containsExactlyInAnyOrder(3, 6, 12, 24, 48, 75, 77);
    }
  }

  /** Another process is killed with SIGKILL at random moments; each time the run goes on. */
  @Test
  void aRunKilledAtRandomMomentsGivesTheSameBytes() throws Exception {
    Map<String, String> whole = uninterrupted();
    Path path = folder.resolve("killed");
    long seed = System.nanoTime();
    System.out.println("kill and resume: seed " + seed);
    RandomStream random = RandomStream.of(seed);
    int kills = 0;
    for (int round = 0; round < 60 && !Files.exists(path.resolve("sae")); round++) {
      Process process = TrainedProcess.start(List.of(path), folder.resolve("log" + round));
      boolean kill = kills < KILLS;
      if (kill) {
        awaitStep(process, path, random.nextInt(20));
        Thread.sleep(random.nextInt(60));
        kills += process.isAlive() ? 1 : 0;
        process.destroyForcibly();
      }
      assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(kills).as("kills before the run was done").isEqualTo(KILLS);
    assertThat(dictionary(TrainingRun.open(path))).isEqualTo(whole);
  }

  /** Waits until the process has logged so many further lines, so that kills fall into training. */
  private static void awaitStep(Process process, Path run, int lines) throws Exception {
    Path metrics = run.resolve("metrics.jsonl");
    long modified = Files.exists(metrics) ? Files.getLastModifiedTime(metrics).toMillis() : 0;
    int changes = 0;
    for (int i = 0; i < 20_000 && process.isAlive() && changes <= lines; i++) {
      long now = Files.exists(metrics) ? Files.getLastModifiedTime(metrics).toMillis() : 0;
      changes += now > modified ? 1 : 0;
      modified = now;
      Thread.sleep(1);
    }
  }

  @Test
  void aDamagedCheckpointIsPassedOverWithANote() throws IOException {
    Map<String, String> whole = uninterrupted();
    Path path = folder.resolve("damaged");
    int[] steps = {0};
    Trainer.train(
        TrainingRun.create(path, provenance()),
        TrainedProcess.source(),
        TrainedProcess.options(),
        SILENT,
        () -> ++steps[0] == 95);
    List<Path> saved;
    try (Stream<Path> files = Files.list(path.resolve("checkpoints"))) {
      saved = files.filter(f -> f.toString().endsWith(".safetensors")).sorted().toList();
    }
    assertThat(saved).hasSizeGreaterThanOrEqualTo(2);
    byte[] bytes = Files.readAllBytes(saved.getLast());
    bytes[bytes.length / 2] ^= 1;
    Files.write(saved.getLast(), bytes);

    List<String> notes = new ArrayList<>();
    TrainListener listener =
        new TrainListener() {
          @Override
          public void step(TrainProgress progress) {}

          @Override
          public void note(String message) {
            notes.add(message);
          }
        };
    TrainResult result =
        Trainer.resume(TrainingRun.open(path), TrainedProcess.source(), listener, () -> false);

    assertThat(result.finished()).isTrue();
    assertThat(notes).singleElement().asString().contains("passed over");
    assertThat(dictionary(TrainingRun.open(path))).isEqualTo(whole);
  }

  @Test
  void theSavedDictionaryReconstructsUnscaledRowsAsTrainingSaidItWould() throws IOException {
    TrainingRun run = TrainingRun.create(folder.resolve("run"), provenance());
    TrainOptions options = TrainedProcess.options();
    BatchSource source = TrainedProcess.source();
    TrainResult result = Trainer.train(run, source, options, SILENT, () -> false);
    int d = source.width();
    int n = 2048;
    try (Arena arena = Arena.ofShared();
        Sae sae = SaeFiles.load(run.dictionary());
        Encoder encoder = new Encoder(sae, n);
        PointerScope scope = new PointerScope()) {
      assertThat(sae.config().inputScale()).isNotEqualTo(1);
      MemorySegment x = arena.allocate(ValueLayout.JAVA_FLOAT, (long) n * d);
      MemorySegment y = arena.allocate(ValueLayout.JAVA_FLOAT, (long) n * d);
      source.next(x);
      SparseCodes codes = encoder.encode(x, n);
      encoder.decode(codes, y);
      Tensor rows =
          TensorMemory.tensor(x, org.bytedeco.pytorch.global.torch.ScalarType.Float, n, d);
      Tensor error =
          rows.sub(
              TensorMemory.tensor(y, org.bytedeco.pytorch.global.torch.ScalarType.Float, n, d));
      double fvu =
          error.square().sum().item_double() / rows.sub(rows.mean(0)).square().sum().item_double();
      assertThat(fvu).isLessThan(0.5);
      assertThat(fvu).isCloseTo(result.last().orElseThrow().fvu(), within(0.15 * fvu));
    }
  }

  /** Without a batch to choose from, one threshold leaves about as many active as k. */
  @Test
  void aBatchTopKRunSavesOneThreshold() throws IOException {
    TrainingRun run = TrainingRun.create(folder.resolve("run"), provenance());
    TrainOptions options = TrainedProcess.options().with("architecture", "batchtopk");
    BatchSource source = TrainedProcess.source();
    Trainer.train(run, source, options, SILENT, () -> false);
    int d = source.width();
    int n = 2048;
    try (Arena arena = Arena.ofShared();
        Sae sae = SaeFiles.load(run.dictionary());
        Encoder encoder = new Encoder(sae, n)) {
      assertThat(sae.config().sparsity()).isEqualTo(new Sparsity.JumpRelu());
      MemorySegment rows = arena.allocate(ValueLayout.JAVA_FLOAT, (long) n * d);
      source.next(rows);
      SparseCodes codes = encoder.encode(rows, n);
      long active = 0;
      for (int row = 0; row < n; row++) {
        active += codes.active(row).latents().length;
      }
      assertThat((double) active / n).isBetween(0.8 * options.k(), 1.5 * options.k());
    }
  }

  @Test
  void metricsAndEventsHoldTheSameValues() throws IOException {
    TrainingRun run = TrainingRun.create(folder.resolve("run"), provenance());
    Trainer.train(run, TrainedProcess.source(), TrainedProcess.options(), SILENT, () -> false);

    List<String> lines = Files.readAllLines(run.metrics());
    for (String line : lines) {
      JsonNode density = new ObjectMapper().readTree(line).path("density");
      int latents = density.path("silent").asInt();
      for (JsonNode bin : density.path("counts")) {
        latents += bin.asInt();
      }
      assertThat(latents).isEqualTo(TrainedProcess.options().latents());
      assertThat(new ObjectMapper().readTree(line).path("seconds").size()).isEqualTo(6);
    }
    List<byte[]> records = records(run.events());
    assertThat(records).hasSize(lines.size() + 2);
    assertThat(new String(records.getFirst(), StandardCharsets.ISO_8859_1))
        .contains("brain.Event:2");
    for (int i = 0; i < lines.size(); i++) {
      float loss = (float) new ObjectMapper().readTree(lines.get(i)).path("loss").asDouble();
      byte[] record = records.get(i + 2);
      int at = new String(record, StandardCharsets.ISO_8859_1).indexOf("\n\u0004loss\u0015") + 7;
      assertThat(ByteBuffer.wrap(record, at, 4).order(ByteOrder.LITTLE_ENDIAN).getFloat())
          .isEqualTo(loss);
    }
  }

  /** The records of an event file, whose sums must fit. */
  private static List<byte[]> records(Path events) throws IOException {
    Path file;
    try (Stream<Path> files = Files.list(events)) {
      file = files.findFirst().orElseThrow();
    }
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    List<byte[]> records = new ArrayList<>();
    while (bytes.hasRemaining()) {
      byte[] length = new byte[8];
      bytes.get(length);
      assertThat(bytes.getInt()).isEqualTo(masked(length));
      byte[] data =
          new byte[(int) ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong()];
      bytes.get(data);
      assertThat(bytes.getInt()).isEqualTo(masked(data));
      records.add(data);
    }
    return records;
  }

  private static int masked(byte[] data) {
    CRC32C crc = new CRC32C();
    crc.update(data);
    int sum = (int) crc.getValue();
    return (sum >>> 15 | sum << 17) + 0xa282ead8;
  }

  private static long step(String line) {
    try {
      JsonNode json = new ObjectMapper().readTree(line);
      return json.path("step").asLong();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void aRunIsNotTrainedTwiceAndAMissingOneIsSaidSo() throws IOException {
    Path path = folder.resolve("run");
    Trainer.train(
        TrainingRun.create(path, provenance()),
        TrainedProcess.source(),
        TrainedProcess.options(),
        SILENT,
        () -> true);
    assertThatThrownBy(() -> TrainingRun.create(path, provenance()))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThatThrownBy(
            () ->
                Trainer.train(
                    TrainingRun.open(path),
                    TrainedProcess.source(),
                    TrainedProcess.options(),
                    SILENT,
                    () -> false))
        .hasMessageContaining("resume it");
    assertThatThrownBy(() -> TrainingRun.open(folder.resolve("none")))
        .hasMessageContaining("no run there");
    assertThat(TrainingRun.open(path).options()).contains(TrainedProcess.options());
  }

  @Test
  void aDamagedRunFileIsRefusedOrRead() throws Exception {
    Path path = folder.resolve("run");
    new RunFile(provenance(), TrainedProcess.options())
        .write(path, TrainedProcess.options().plan(40));
    Damage.checkInPlace(path.resolve("run.json"), file -> TrainingRun.open(path));
  }

  @Test
  void aPassHoldsEveryRowOnceInAnotherOrder() {
    for (long n : new long[] {1, 2, 3, 5, 16, 17, 1000, 4097}) {
      RowOrder first = new RowOrder(n, RandomStream.of(1));
      RowOrder second = new RowOrder(n, RandomStream.of(2));
      boolean[] seen = new boolean[(int) n];
      long same = 0;
      long ascending = 0;
      for (long place = 0; place < n; place++) {
        int row = (int) first.at(place);
        assertThat(seen[row]).isFalse();
        seen[row] = true;
        same += second.at(place) == row ? 1 : 0;
        ascending += place > 0 && row > first.at(place - 1) ? 1 : 0;
      }
      if (n >= 1000) {
        assertThat(same).isLessThan(20);
        assertThat((double) ascending / n).isBetween(0.45, 0.55);
      }
    }
  }

  @Test
  void theGeometricMedianDoesNotFollowAFewHugeRows() {
    try (Arena arena = Arena.ofConfined()) {
      int n = 101;
      MemorySegment rows = arena.allocate(ValueLayout.JAVA_FLOAT, n * 2L);
      for (int i = 0; i < n; i++) {
        boolean huge = i < 5;
        double angle = 2 * Math.PI * i / (n - 5);
        rows.setAtIndex(ValueLayout.JAVA_FLOAT, 2L * i, (float) (huge ? 1e5 : 3 + Math.cos(angle)));
        rows.setAtIndex(ValueLayout.JAVA_FLOAT, 2L * i + 1, (float) (huge ? 0 : Math.sin(angle)));
      }
      double[] median = GeometricMedian.of(rows, n, 2);
      assertThat(median[0]).isCloseTo(3, within(0.15));
      assertThat(GeometricMedian.mean(rows, n, 2)[0]).isGreaterThan(4000);
    }
  }
}
