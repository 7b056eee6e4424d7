package org.sememe.app.studio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StudioServerTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final SyntheticFeatures FEATURES = new SyntheticFeatures(200, 200, 1);
  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static StudioServer server;

  @BeforeAll
  static void start() {
    server = StudioServer.start(StudioPreview.options(FEATURES));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void listensOnLoopbackOnly() {
    assertThat(server.address().getHost()).isEqualTo("127.0.0.1");
    assertThatThrownBy(() -> StudioOptions.of(FEATURES).withHost("0.0.0.0", Optional.empty()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("--token");
  }

  @Test
  void aTakenPortIsOneClearLine() {
    assertThatThrownBy(
            () ->
                StudioServer.start(StudioOptions.of(FEATURES).withPort(server.address().getPort())))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("--port");
  }

  @Test
  void everyPageAnswersTheSameHtmlWithAStrictPolicy() throws Exception {
    for (String path :
        new String[] {
          "/", "/feature/3", "/prompt?text=a%20b&token=1", "/find?t=a", "/map", "/compare?a=1"
        }) {
      HttpResponse<String> page = get(path);
      assertThat(page.statusCode()).as(path).isEqualTo(200);
      assertThat(page.body()).contains("<div id=\"app\">").doesNotContain("onclick", "<style");
      String policy = page.headers().firstValue("Content-Security-Policy").orElseThrow();
      assertThat(policy)
          .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'")
          .doesNotContain("unsafe", "http:", "*");
      assertThat(page.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
    }
  }

  @Test
  void onlyAnEmbeddedPageIsFramedAndOnlyByTheOriginsThatWereNamed() throws Exception {
    List<String> named = List.of("http://localhost:8888", "https://example.org");
    try (StudioServer open = StudioServer.start(StudioOptions.of(FEATURES).withEmbedders(named))) {
      for (String path : List.of("/feature/3?embed=1", "/?embed=1&q=a")) {
        assertThat(framedBy(open.address().resolve(path))).isEqualTo(String.join(" ", named));
      }
      for (String path :
          List.of("/feature/3", "/?embed=0", "/?embed=11", "/?q=embed=1", "/steer")) {
        assertThat(framedBy(open.address().resolve(path))).as(path).isEqualTo("'none'");
      }
    }
    assertThat(framedBy(server.address().resolve("/feature/3?embed=1"))).isEqualTo("'none'");
  }

  private static String framedBy(URI page) throws Exception {
    HttpResponse<String> answer =
        CLIENT.send(HttpRequest.newBuilder(page).build(), HttpResponse.BodyHandlers.ofString());
    String policy = answer.headers().firstValue("Content-Security-Policy").orElseThrow();
    return policy.replaceFirst(".*frame-ancestors ", "");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "*",
        "",
        "http://*.example.org",
        "example.org",
        "http://example.org/",
        "http://a.org http://b.org",
        "http://a.org; script-src *",
        "javascript:alert(1)",
        "null"
      })
  void whatMayEmbedIsAnOrigin(String wrong) {
    assertThatThrownBy(() -> StudioOptions.of(FEATURES).withEmbedders(List.of(wrong)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("--embed-from");
  }

  @Test
  void filesAreCompressedAndRevalidated() throws Exception {
    HttpResponse<byte[]> file =
        CLIENT.send(
            request("/js/app.js").header("Accept-Encoding", "gzip").build(),
            HttpResponse.BodyHandlers.ofByteArray());
    assertThat(file.statusCode()).isEqualTo(200);
    assertThat(file.headers().firstValue("Content-Encoding")).contains("gzip");
    assertThat(file.headers().firstValue("Content-Type").orElseThrow())
        .startsWith("text/javascript");
    String tag = file.headers().firstValue("ETag").orElseThrow();
    HttpResponse<String> again =
        CLIENT.send(
            request("/js/app.js").header("If-None-Match", tag).build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(again.statusCode()).isEqualTo(304);
    assertThat(again.body()).isEmpty();
  }

  /** An address that is kept for good must never mean anything else. */
  @Test
  void whatAPageNamesIsKeptForGood() throws Exception {
    String page = get("/").body();
    List<String> named =
        Pattern.compile("(?:href|src)=\"(/[^\"]+\\.[a-z0-9]+)\"")
            .matcher(page)
            .results()
            .map(found -> found.group(1))
            .toList();
    assertThat(named).hasSizeGreaterThan(5).allMatch(a -> a.matches("/v/[0-9a-f]{24}/.+"));
    for (String address : named) {
      HttpResponse<String> file = get(address);
      assertThat(file.statusCode()).as(address).isEqualTo(200);
      assertThat(file.headers().firstValue("Cache-Control").orElseThrow())
          .contains("immutable", "private");
      String other = address.replaceFirst("/v/.", address.charAt(3) == '0' ? "/v/1" : "/v/0");
      assertThat(get(other).statusCode()).as(other).isEqualTo(404);
    }
    String sheet = named.stream().filter(a -> a.endsWith(".css")).findFirst().orElseThrow();
    String styles = get(sheet).body();
    assertThat(styles).contains(".kwic", ".steer").doesNotContain("@import");
    Pattern.compile("url\\('([^']+)'\\)")
        .matcher(styles)
        .results()
        .map(found -> URI.create(sheet).resolve(found.group(1)).toString())
        .forEach(font -> assertThat(named).contains(font));
    for (String changing : List.of("/", "/feature/3", "/js/app.js", "/css/base.css")) {
      assertThat(get(changing).headers().firstValue("Cache-Control")).contains("no-cache");
    }
  }

  @Test
  void onlyTheFirstListIsAskedForWithItsPage() throws Exception {
    assertThat(get("/").headers().firstValue("Link").orElseThrow()).contains("/api/features?");
    assertThat(get("/?q=a").headers().firstValue("Link")).isEmpty();
    assertThat(get("/feature/3").headers().firstValue("Link")).isEmpty();
    try (StudioServer none = StudioServer.start(StudioOptions.none())) {
      assertThat(
              CLIENT
                  .send(
                      HttpRequest.newBuilder(none.address()).build(),
                      HttpResponse.BodyHandlers.ofString())
                  .headers()
                  .firstValue("Link"))
          .isEmpty();
    }
  }

  @Test
  void whatAFeatureDoesAtATokenIsAskedByExampleOrText() throws Exception {
    int example = FEATURES.feature(3).orElseThrow().examples().getFirst().id();
    HttpResponse<String> answer = ablation("3", "{\"example\": " + example + "}");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(answer.body()).contains("\"loss_change\"", "\"raised\"", "\"measured\"");
    assertThat(ablation("3", "{\"text\": \"the calm bay\"}").statusCode()).isEqualTo(200);
    assertThat(ablation("3", "{}").statusCode()).isEqualTo(400);
    assertThat(ablation("3", "{\"example\": 99999}").statusCode()).isEqualTo(400);
    assertThat(ablation("3", "{\"text\": \"\"}").statusCode()).isEqualTo(400);
    assertThat(ablation("x", "{\"example\": 0}").statusCode()).isEqualTo(400);
    assertThat(ablation("999999", "{\"example\": 0}").statusCode()).isEqualTo(404);
  }

  private static HttpResponse<String> ablation(String latent, String body) throws Exception {
    return CLIENT.send(
        request("/api/features/" + latent + "/ablation")
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/../pom.xml",
        "/js/../../org/sememe/app/studio/StudioServer.class",
        "/js/%2e%2e/%2e%2e/META-INF/MANIFEST.MF",
        "/..%2f..%2fetc/passwd",
        "/%2e%2e%5c%2e%2e%5cetc",
        "/js//etc/passwd",
        "//etc/passwd",
        "/css/base.css%00.js",
        "/feature/12x",
        "/feature/9999999999999",
        "/index.html/..;/x",
        "/js/app.js/",
        "/js/missing.js",
        "/v/../js/app.js",
        "/v//js/app.js",
        "/v/000000000000000000000000/js/app.js",
        "/v/%2e%2e/%2e%2e/META-INF/MANIFEST.MF"
      })
  void noPathLeavesTheFolder(String path) throws IOException {
    String answer = raw("GET " + path + " HTTP/1.1\r\nHost: " + authority() + "\r\n\r\n");
    assertThat(answer).matches("(?s)HTTP/1.1 (400|404) .*");
    assertThat(answer).doesNotContain("root:", "Manifest-Version");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "evil.example",
        "evil.example:80",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "127.0.0.1@evil.example",
        "",
        "[::1",
        "2130706433"
      })
  void aForeignHostIsRefused(String host) throws IOException {
    for (String path : new String[] {"/", "/api/dictionary"}) {
      String answer = raw("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
      assertThat(answer).as(host + path).matches("(?s)HTTP/1.1 4\\d\\d .*");
      assertThat(answer).doesNotContain("Synthetic", "<div id");
    }
  }

  @Test
  void thisMachinesNamesAreAdmitted() throws IOException {
    for (String host : new String[] {"localhost", "LOCALHOST", "127.0.0.1", "[::1]"}) {
      String answer =
          raw(
              "GET /api/health HTTP/1.1\r\nHost: "
                  + host
                  + ":"
                  + server.address().getPort()
                  + "\r\n\r\n");
      assertThat(answer).as(host).startsWith("HTTP/1.1 200");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Origin: http://evil.example",
        "Origin: null",
        "Origin: http://127.0.0.1:1",
        "Origin: https://127.0.0.1",
        "Sec-Fetch-Site: cross-site",
        "Sec-Fetch-Site: same-site"
      })
  void anotherSiteIsRefused(String header) throws IOException {
    String answer =
        raw("GET /api/features HTTP/1.1\r\nHost: " + authority() + "\r\n" + header + "\r\n\r\n");
    assertThat(answer).startsWith("HTTP/1.1 403");
    assertThat(answer).contains("{\"error\":");
  }

  @Test
  void ourOwnOriginIsAdmitted() throws Exception {
    HttpResponse<String> own =
        CLIENT.send(
            request("/api/prompt")
                .header("Origin", "http://" + authority())
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"text\":\"the calm bay\"}"))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(own.statusCode()).isEqualTo(200);
    JsonNode tokens = JSON.readTree(own.body()).path("tokens");
    assertThat(tokens.findValuesAsText("text")).containsExactly("the", " calm", " bay");
  }

  @Test
  void aLinkFromElsewhereOpensAPageButNotTheApi() throws IOException {
    String fetch = "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n\r\n";
    assertThat(raw("GET /feature/1 HTTP/1.1\r\nHost: " + authority() + "\r\n" + fetch))
        .startsWith("HTTP/1.1 200");
    assertThat(raw("GET /api/features HTTP/1.1\r\nHost: " + authority() + "\r\n" + fetch))
        .startsWith("HTTP/1.1 403");
  }

  @Test
  void aWiderBindWantsItsTokenOnEveryRequest() throws Exception {
    String secret = "correct-horse-battery";
    try (StudioServer open =
        StudioServer.start(StudioOptions.of(FEATURES).withHost("0.0.0.0", Optional.of(secret)))) {
      String base = "http://127.0.0.1:" + open.address().getPort();
      assertThat(open.address().getQuery()).isEqualTo("token=" + secret);
      assertThat(status(base + "/", Optional.empty())).isEqualTo(401);
      assertThat(status(base + "/api/health", Optional.empty())).isEqualTo(401);
      assertThat(status(base + "/js/app.js?token=wrong-horse-battery", Optional.empty()))
          .isEqualTo(401);
      assertThat(status(base + "/api/health", Optional.of("Authorization: Bearer " + secret)))
          .isEqualTo(200);
      HttpResponse<String> first =
          CLIENT.send(
              HttpRequest.newBuilder(URI.create(base + "/feature/3?token=" + secret + "&view=full"))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(first.statusCode()).isEqualTo(303);
      assertThat(first.headers().firstValue("Location")).contains("/feature/3?view=full");
      String cookie = first.headers().firstValue("Set-Cookie").orElseThrow();
      assertThat(cookie).contains("HttpOnly", "SameSite=Strict");
      assertThat(status(base + "/api/health", Optional.of("Cookie: " + cookie.split(";")[0])))
          .isEqualTo(200);
    }
  }

  @Test
  void theListSortsFiltersSearchesAndPages() throws Exception {
    JsonNode all = ask("/api/features?status=all&limit=200");
    assertThat(all.path("total").asInt()).isEqualTo(200);
    JsonNode page = ask("/api/features?sort=max_activation&order=asc&offset=10&limit=5");
    assertThat(page.path("features")).hasSize(5);
    double last = 0;
    for (JsonNode row : page.path("features")) {
      assertThat(row.path("max_activation").asDouble()).isGreaterThanOrEqualTo(last);
      assertThat(row.path("dead").asBoolean()).isFalse();
      last = row.path("max_activation").asDouble();
    }
    JsonNode found = ask("/api/features?q=CALIFORNIA&status=all");
    assertThat(found.path("total").asInt()).isBetween(1, 199);
    JsonNode dense = ask("/api/features?density_min=0.01&limit=200");
    dense
        .path("features")
        .forEach(r -> assertThat(r.path("density").asDouble()).isGreaterThanOrEqualTo(0.01));
    JsonNode dead = ask("/api/features?status=dead");
    assertThat(dead.path("features").get(0).has("example")).isFalse();
  }

  @Test
  void theSummaryGivesEveryMetricItsSample() throws Exception {
    JsonNode summary = ask("/api/dictionary");
    assertThat(summary.path("k").asInt()).isEqualTo(32);
    assertThat(summary.path("prompt").asBoolean()).isTrue();
    assertThat(summary.path("metrics")).isNotEmpty();
    summary.path("metrics").forEach(m -> assertThat(m.path("sample").asLong()).isPositive());
    assertThat(ask("/api/contents").path("dictionary")).isEqualTo(summary);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api/features?sort=colour",
        "/api/features?limit=100000",
        "/api/features?offset=-1",
        "/api/features?density_min=NaN",
        "/api/features?order=sideways",
        "/api/features/abc",
        "/api/features/200",
        "/api/nothing"
      })
  void aWrongRequestIsOneClearLine(String path) throws Exception {
    HttpResponse<String> answer = get(path);
    assertThat(answer.statusCode()).isIn(400, 404);
    assertThat(JSON.readTree(answer.body()).path("error").asText())
        .isNotBlank()
        .doesNotContain("\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "[]", "{\"text\":7}", "{\"text\":\"\"}", "{\"text\":\"a\"} x"})
  void aWrongPromptIsOneClearLine(String body) throws Exception {
    HttpResponse<String> answer = post(body);
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(JSON.readTree(answer.body()).path("error").asText()).isNotBlank();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"texts\": []}",
        "{\"texts\": \"a\"}",
        "{\"texts\": [3]}",
        "{\"texts\": [\"\"]}",
        "{\"texts\": [\"a\"], \"others\": {}}"
      })
  void aWrongSearchByExampleIsOneClearLine(String body) throws Exception {
    HttpResponse<String> answer = post("/api/find", body);
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(JSON.readTree(answer.body()).path("error").asText()).isNotBlank();
  }

  @Test
  void aSearchByExampleIsBounded() throws Exception {
    String many = "{\"texts\": [" + "\"a\",".repeat(24) + "\"a\"]}";
    assertThat(post("/api/find", many).statusCode()).isEqualTo(400);
    String texts = "{\"texts\": [\"" + "a".repeat(2_001) + "\"]}";
    assertThat(post("/api/find", texts).statusCode()).isEqualTo(400);
  }

  @Test
  void onlyNamedLatentsAreListed() throws Exception {
    JsonNode some = ask("/api/features?latents=3,5,22,199&status=all&sort=latent&order=asc");
    assertThat(some.path("features").findValuesAsText("latent"))
        .containsExactly("3", "5", "22", "199");
    for (String wrong : List.of("3,", "a", "-1", "3,,4", "1".repeat(12))) {
      assertThat(get("/api/features?latents=" + wrong).statusCode()).as(wrong).isEqualTo(400);
    }
    assertThat(get("/api/features?list=nowhere").statusCode()).isEqualTo(404);
  }

  @Test
  void aStudioWithoutAFolderKeepsNoLists() throws Exception {
    assertThat(ask("/api/lists").path("editable").asBoolean()).isFalse();
    HttpResponse<String> kept = post("/api/lists", "{\"name\": \"a\", \"latents\": [1]}");
    assertThat(kept.statusCode()).isEqualTo(409);
  }

  @Test
  void aListHoldsLatentsThatAreThere(@TempDir Path folder) throws Exception {
    FeatureLists lists = new FeatureLists(folder.resolve(FeatureLists.FILE));
    try (StudioServer keeping = StudioServer.start(StudioOptions.of(FEATURES).withLists(lists))) {
      for (String[] body :
          new String[][] {
            {"200", "{\"name\": \"a\", \"latents\": [1, 199]}"},
            {"400", "{\"name\": \"a\", \"latents\": [200]}"},
            {"400", "{\"name\": \"a\", \"latents\": [-1]}"},
            {"400", "{\"name\": \"a\", \"latents\": [\"1\"]}"},
            {"400", "{\"name\": \" \", \"latents\": [1]}"},
            {"400", "{\"latents\": [1]}"}
          }) {
        HttpRequest write =
            HttpRequest.newBuilder(keeping.address().resolve("/api/lists"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body[1]))
                .build();
        assertThat(CLIENT.send(write, HttpResponse.BodyHandlers.ofString()).statusCode())
            .as(body[1])
            .isEqualTo(Integer.parseInt(body[0]));
      }
      assertThat(lists.all().get("a")).containsExactly(1, 199);
      HttpRequest elsewhere =
          HttpRequest.newBuilder(keeping.address().resolve("/api/lists"))
              .header("Content-Type", "application/json")
              .header("Origin", "http://evil.example")
              .POST(HttpRequest.BodyPublishers.ofString("{\"name\": \"a\", \"latents\": []}"))
              .build();
      assertThat(CLIENT.send(elsewhere, HttpResponse.BodyHandlers.ofString()).statusCode())
          .isEqualTo(403);
      assertThat(lists.all()).containsKey("a");
    }
  }

  @Test
  void aPromptThatIsTooLongIsRefused() throws Exception {
    assertThat(post("{\"text\":\"" + "a".repeat(20_001) + "\"}").statusCode()).isEqualTo(400);
  }

  @Test
  void theModelIsMadeOnceAndOnlyForAPromptAndIsTriedAgainAfterAFailure() throws Exception {
    AtomicInteger made = new AtomicInteger();
    StudioOptions options =
        StudioOptions.of(FEATURES)
            .withModel(
                () -> {
                  if (made.getAndIncrement() == 0) {
                    throw new IllegalStateException("model.gguf: no such file");
                  }
                  return new SyntheticModel(FEATURES);
                });
    try (StudioServer lazy = StudioServer.start(options)) {
      assertThat(status(lazy.address() + "api/features", Optional.empty())).isEqualTo(200);
      assertThat(made).hasValue(0);
      HttpRequest prompt =
          HttpRequest.newBuilder(lazy.address().resolve("/api/prompt"))
              .header("Content-Type", "application/json")
              .POST(HttpRequest.BodyPublishers.ofString("{\"text\":\"the bay\"}"))
              .build();
      HttpResponse<String> failed = CLIENT.send(prompt, HttpResponse.BodyHandlers.ofString());
      assertThat(failed.statusCode()).isEqualTo(500);
      assertThat(failed.body()).contains("model.gguf: no such file");
      for (int i = 0; i < 3; i++) {
        assertThat(CLIENT.send(prompt, HttpResponse.BodyHandlers.ofString()).statusCode())
            .isEqualTo(200);
      }
      assertThat(made).hasValue(2);
    }
  }

  @Test
  void theFirstPageIsQuick() throws Exception {
    get("/api/features");
    long best = Long.MAX_VALUE;
    for (int i = 0; i < 20; i++) {
      long start = System.nanoTime();
      get("/api/features");
      best = Math.min(best, System.nanoTime() - start);
    }
    assertThat(best / 1e6).as("milliseconds").isLessThan(100);
  }

  private static JsonNode ask(String path) throws Exception {
    HttpResponse<String> answer = get(path);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return JSON.readTree(answer.body());
  }

  private static HttpResponse<String> get(String path) throws Exception {
    return CLIENT.send(request(path).build(), HttpResponse.BodyHandlers.ofString());
  }

  private static HttpResponse<String> post(String body) throws Exception {
    return post("/api/prompt", body);
  }

  private static HttpResponse<String> post(String path, String body) throws Exception {
    return CLIENT.send(
        request(path)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private static int status(String url, Optional<String> header) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url));
    header.ifPresent(h -> request.header(h.split(": ")[0], h.split(": ")[1]));
    return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString()).statusCode();
  }

  private static HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(server.address().resolve(path));
  }

  private static String authority() {
    return server.address().getAuthority();
  }

  /** Sends bytes as they are: an ordinary client would tidy them up. */
  private static String raw(String request) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", server.address().getPort())) {
      socket.setSoTimeout(5_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
      socket.shutdownOutput();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
