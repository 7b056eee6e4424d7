package org.sememe.models.sources;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sememe.tensors.Sha256;

/** A hub on loopback that answers as hubs do on bad days: each ends well or says what to do. */
@Timeout(30)
class HubClientTest {
  private static final Origin.HuggingFace FILE =
      new Origin.HuggingFace("owner/repo", "main", "file.bin");
  private static final byte[] CONTENT = {1, 2, 3, 4, 5};
  private static final ModelSource.Progress SILENT = (what, done, total) -> {};

  /** What the hub does with a request, by the number of those before. */
  private interface Answer {
    void give(HttpExchange exchange, int before) throws IOException;
  }

  @TempDir Path folder;

  private final List<String> tokens = new CopyOnWriteArrayList<>();
  private ExecutorService threads;
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    threads = Executors.newCachedThreadPool();
    server.setExecutor(threads);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
    threads.shutdownNow();
  }

  private void answering(Answer answer) {
    server.createContext(
        "/owner/repo/resolve/main/file.bin",
        exchange -> {
          int before = tokens.size();
          tokens.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
          answer.give(exchange, before);
          exchange.close();
        });
  }

  private static void status(HttpExchange exchange, int status) throws IOException {
    exchange.sendResponseHeaders(status, -1);
  }

  private static void content(HttpExchange exchange) throws IOException {
    exchange.sendResponseHeaders(200, CONTENT.length);
    exchange.getResponseBody().write(CONTENT);
  }

  private HubClient client(Optional<String> token, boolean offline, Duration timeout) {
    URI address =
        URI.create(
            "http://" + server.getAddress().getHostString() + ":" + server.getAddress().getPort());
    return new HubClient(address, token, new HubCache(folder.resolve("shared")), offline, timeout);
  }

  private HubClient client() {
    return client(Optional.empty(), /* offline= */ false, Duration.ofSeconds(5));
  }

  private Path fetch(HubClient client) throws IOException {
    Path target = folder.resolve("file.bin");
    client.fetch(FILE, target, Optional.of(Sha256.of(CONTENT)), SILENT);
    return target;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "401 | '' | set HF_TOKEN to a token that may read it",
        "403 | '' | set HF_TOKEN to a token that may read it",
        "401 | secret | the token in HF_TOKEN does not open it",
        "404 | '' | look at the names of owner, repository, revision and file",
      })
  void whatIsRefusedIsAskedForOnceAndSaysWhatToDo(int status, String token, String advice) {
    answering((exchange, before) -> status(exchange, status));
    HubClient client =
        client(
            Optional.of(token).filter(value -> !value.isEmpty()),
            /* offline= */ false,
            Duration.ofSeconds(5));
    assertThatThrownBy(() -> fetch(client))
        .hasMessageContaining("the hub answers " + status)
        .hasMessageContaining(advice);
    assertThat(tokens).hasSize(1);
    assertThat(folder.resolve("file.bin")).doesNotExist();
  }

  @Test
  void aBusyHubIsAskedAgainWhenItSays() throws IOException {
    answering(
        (exchange, before) -> {
          if (before == 0) {
            exchange.getResponseHeaders().add("Retry-After", "1");
            status(exchange, 429);
          } else {
            content(exchange);
          }
        });
    long start = System.nanoTime();
    assertThat(fetch(client())).hasBinaryContent(CONTENT);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(990));
    assertThat(tokens).hasSize(2);
  }

  @Test
  void aHubThatIsBusyForLongIsLeftAlone() {
    answering(
        (exchange, before) -> {
          exchange.getResponseHeaders().add("Retry-After", "3600");
          status(exchange, 429);
        });
    assertThatThrownBy(() -> fetch(client())).hasMessageContaining("try again in 3600 s");
    assertThat(tokens).hasSize(1);
  }

  @Test
  void aHubThatFailsAndRecoversIsForgiven() throws IOException {
    answering(
        (exchange, before) -> {
          if (before < 2) {
            status(exchange, 502);
          } else {
            content(exchange);
          }
        });
    assertThat(fetch(client())).hasBinaryContent(CONTENT);
  }

  @Test
  void aHubThatDoesNotAnswerIsGivenUp() {
    answering(
        (exchange, before) -> {
          try {
            Thread.sleep(10_000);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    HubClient client = client(Optional.empty(), /* offline= */ false, Duration.ofMillis(200));
    assertThatThrownBy(() -> fetch(client)).hasMessageContaining("no answer within 0.2 s");
  }

  @Test
  void theTokenGoesToTheHubAndNotToWhereItSendsUsOn() throws IOException {
    List<String> elsewhere = new CopyOnWriteArrayList<>();
    HttpServer other =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    other.createContext(
        "/blob",
        exchange -> {
          elsewhere.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
          content(exchange);
          exchange.close();
        });
    other.start();
    try {
      String target =
          "http://" + other.getAddress().getHostString() + ":" + other.getAddress().getPort();
      answering(
          (exchange, before) -> {
            exchange.getResponseHeaders().add("Location", target + "/blob");
            status(exchange, 302);
          });
      HubClient client = client(Optional.of("secret"), /* offline= */ false, Duration.ofSeconds(5));
      assertThat(fetch(client)).hasBinaryContent(CONTENT);
    } finally {
      other.stop(0);
    }
    assertThat(tokens).containsExactly("Bearer secret");
    assertThat(elsewhere).containsExactly("null");
  }

  @Test
  void offlineNothingIsAsked() {
    answering((exchange, before) -> content(exchange));
    HubClient client = client(Optional.empty(), /* offline= */ true, Duration.ofSeconds(5));
    assertThatThrownBy(() -> fetch(client)).hasMessageContaining("HF_HUB_OFFLINE is set");
    assertThat(tokens).isEmpty();
  }

  @Test
  void theHubsOwnCacheIsReused() throws IOException {
    String commit = "0123456789abcdef0123456789abcdef01234567";
    Path repository = folder.resolve("shared").resolve("models--owner--repo");
    Path snapshot = Files.createDirectories(repository.resolve("snapshots").resolve(commit));
    Path file = Files.write(snapshot.resolve("file.bin"), CONTENT);
    Files.writeString(
        Files.createDirectories(repository.resolve("refs")).resolve("main"), commit + "\n");
    assertThat(client().cached(FILE)).contains(file);
    assertThat(client().cached(new Origin.HuggingFace("owner/repo", commit, "file.bin")))
        .contains(file);
    assertThat(client().cached(new Origin.HuggingFace("owner/repo", "v2", "file.bin"))).isEmpty();
    assertThat(HubCache.of(Map.of("HF_HOME", "/h"), Path.of("/u")).root()).hasToString("/h/hub");
  }
}
