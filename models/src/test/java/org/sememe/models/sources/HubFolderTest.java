package org.sememe.models.sources;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole repositories and folders of them, from a hub on loopback that says what it has. */
@Timeout(30)
class HubFolderTest {
  private static final List<String> PATHS =
      List.of(
          ".gitattributes",
          "README.md",
          "config.json",
          "tokenizer.json",
          "1_Pooling/config.json",
          "model-00001-of-00002.safetensors",
          "model-00002-of-00002.safetensors",
          "model.safetensors.index.json",
          "consolidated.safetensors",
          "pytorch_model.bin",
          "model-q8.gguf",
          "onnx/model.onnx",
          "layer.3/cfg.json",
          "layer.3/sae.safetensors",
          "old/cfg.json",
          "old/ae.pt",
          "scope/params.npz",
          "llama/hyperparams.json",
          "llama/checkpoints/final.safetensors",
          "llama/checkpoints/step_1.safetensors",
          "quants/q4.gguf",
          "quants/q8.gguf",
          "docs/notes.txt");
  private static final ModelSource.Progress SILENT = (what, done, total) -> {};

  @TempDir Path folder;

  private final List<String> requests = new CopyOnWriteArrayList<>();
  private String description = described();
  private HttpServer server;

  private static String described() {
    return PATHS.stream()
        .map(path -> "{\"rfilename\": \"" + path + "\"}")
        .collect(Collectors.joining(",", "{\"sha\": \"x\", \"siblings\": [", "]}"));
  }

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    requests.add(path);
    String files = "/owner/repo/resolve/v1/";
    String content =
        path.equals("/api/models/owner/repo/revision/v1")
            ? description
            : path.startsWith(files) && PATHS.contains(path.substring(files.length()))
                ? "content of " + path
                : "";
    byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(
        content.isEmpty() ? 404 : 200, bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private ModelStore store(boolean offline) {
    URI address = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    HubCache shared = new HubCache(folder.resolve("shared"));
    return new ModelStore(
        new ModelCache(folder.resolve("cache")),
        new Catalogue(List.of()),
        PackageClient.standard(),
        new HubClient(address, Optional.empty(), shared, offline, Duration.ofSeconds(5)));
  }

  private static List<String> files(Path place) throws IOException {
    try (Stream<Path> all = Files.walk(place)) {
      return all.filter(Files::isRegularFile)
          .map(file -> place.relativize(file).toString().replace('\\', '/'))
          .filter(name -> !name.startsWith(".") && !name.contains("/."))
          .sorted()
          .toList();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "hf:owner/repo@v1 | 1_Pooling/config.json config.json model-00001-of-00002.safetensors"
            + " model-00002-of-00002.safetensors model.safetensors.index.json tokenizer.json",
        "hf:owner/repo@v1/layer.3/ | cfg.json sae.safetensors",
        "hf:owner/repo@v1/old/ | ae.pt cfg.json",
        "hf:owner/repo@v1/scope/ | params.npz",
        "hf:owner/repo@v1/llama/ | checkpoints/final.safetensors hyperparams.json",
      })
  void whatIsNeededIsFetchedOnce(String spec, String expected) throws IOException {
    Path place = store(/* offline= */ false).open(spec, SILENT);
    assertThat(files(place)).containsExactly(expected.split(" "));
    for (String name : files(place)) {
      assertThat(place.resolve(name)).content().endsWith(name);
    }
    int asked = requests.size();
    assertThat(store(/* offline= */ true).open(spec, SILENT)).isEqualTo(place);
    assertThat(requests).hasSize(asked);
  }

  @ParameterizedTest
  @ValueSource(strings = {"hf:owner/repo@v1/docs/", "hf:owner/repo@v1/quants/"})
  void aFolderWithoutOneSetOfWeightsIsRefusedBeforeAnythingIsFetched(String spec) {
    assertThatThrownBy(() -> store(/* offline= */ false).open(spec, SILENT))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(spec + " has no weights that go together");
    assertThat(requests).hasSize(1);
  }

  @Test
  void aDescriptionThatIsNoneIsAskedForAgain() throws IOException {
    description = "<html>";
    assertThatThrownBy(() -> store(/* offline= */ false).open("hf:owner/repo@v1", SILENT))
        .hasMessageContaining("the hub's description is no JSON");
    description = described();
    assertThat(store(/* offline= */ false).open("hf:owner/repo@v1", SILENT)).isDirectory();
  }

  @Test
  void pathsOutOfTheFolderAreNotFollowed() {
    HubFolder repository = HubFolder.parse("hf:owner/repo").orElseThrow();
    assertThat(
            repository.wanted(
                List.of(
                    "../x.json",
                    "..",
                    "/etc/x.json",
                    "a\\b.json",
                    "x_Pooling/../y.json",
                    "ok.json")))
        .containsExactly("ok.json");
  }

  @Test
  void whatTheHubHasNotIsSaidInOneLine() {
    assertThatThrownBy(() -> store(/* offline= */ false).open("hf:owner/none", SILENT))
        .hasMessageContaining("could not fetch hf:owner/none: the hub answers 404");
  }

  @Test
  void theHubsOwnCacheIsReadInPlace() throws IOException {
    String commit = "0123456789".repeat(4);
    Path snapshot =
        Files.createDirectories(
            folder.resolve("shared/models--owner--repo/snapshots").resolve(commit));
    Files.writeString(snapshot.resolve("config.json"), "{}");
    String spec = "hf:owner/repo@" + commit;
    assertThatThrownBy(() -> store(/* offline= */ true).open(spec, SILENT))
        .hasMessageContaining("HF_HUB_OFFLINE");
    Files.writeString(snapshot.resolve("model.safetensors"), "x");
    assertThat(store(/* offline= */ true).open(spec, SILENT)).isEqualTo(snapshot);
    Files.writeString(snapshot.resolve("model.safetensors.index.json"), "{}"); // perhaps not all
    assertThatThrownBy(() -> store(/* offline= */ true).open(spec, SILENT))
        .hasMessageContaining("HF_HUB_OFFLINE");
    assertThat(requests).isEmpty();
  }
}
