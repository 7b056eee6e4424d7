package org.sememe.app.studio;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.helidon.webserver.http.HttpRules;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sememe.analysis.geometry.DictionaryPartners;
import org.sememe.analysis.geometry.DirectionMap;
import org.sememe.app.runs.RunFolders;
import org.sememe.app.runs.SyntheticRun;
import org.sememe.app.studio.FeatureNotes.Note;

/** The description of the API against its routes and against what they answer. */
class ApiDescriptionTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final SyntheticFeatures FEATURES = new SyntheticFeatures(100, 200, 1);
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  @TempDir private static Path folder;
  private static StudioServer server;
  private static JsonNode described;

  @BeforeAll
  static void start() throws Exception {
    SyntheticRun.in(folder, "best", 0.1).logged(10, 200);
    FeatureNotes notes = new FeatureNotes(folder.resolve(FeatureNotes.FILE));
    notes.put(3, new Note("a label", "a note"));
    FeatureLists lists = new FeatureLists(folder.resolve(FeatureLists.FILE));
    lists.put("some", Set.of(1, 3));
    MapFile.write(
        folder.resolve(MapFile.FILE),
        new DirectionMap(
            new int[] {1, 3},
            new float[] {0, 1},
            new float[] {0, 1},
            new DirectionMap.Kept(0.5, 0.4, 0.1, 1, 2)));
    server =
        StudioServer.start(
            StudioPreview.options(FEATURES)
                .withNotes(notes)
                .withGrades(new FeatureGrades(folder.resolve(FeatureGrades.FILE)))
                .withLists(lists)
                .withMap(folder.resolve(MapFile.FILE))
                .withMeaning(new SyntheticMeanings(FEATURES, true))
                .withComparison(
                    () -> new Comparison("other", FEATURES, StudioPreview.METRICS, same()))
                .withPictures(new SyntheticPictures(false))
                .withRuns(
                    new WatchedRuns(RunFolders.of(folder).orElseThrow(), Optional.of("best"))));
    described = ask("GET", "/api/openapi.json", "");
  }

  private static DictionaryPartners same() {
    float[] ones = new float[100];
    Arrays.fill(ones, 1);
    return new DictionaryPartners(IntStream.range(0, 100).toArray(), ones, ones, new float[10]);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void everyRouteIsDescribedAndNoOther() {
    Set<String> routes = new TreeSet<>();
    HttpRules[] rules = new HttpRules[1];
    rules[0] =
        (HttpRules)
            Proxy.newProxyInstance(
                HttpRules.class.getClassLoader(),
                new Class<?>[] {HttpRules.class},
                (proxy, method, arguments) -> {
                  if (arguments[0] instanceof String path) {
                    routes.add(method.getName() + " /api" + path);
                  }
                  return rules[0];
                });
    StudioOptions options = StudioOptions.of(FEATURES);
    new StudioApi(options, new LazyModel(options.model())).routing(rules[0]);
    Set<String> told = new TreeSet<>();
    for (Map.Entry<String, JsonNode> path : described.path("paths").properties()) {
      path.getValue()
          .fieldNames()
          .forEachRemaining(method -> told.add(method + " " + path.getKey()));
    }
    assertThat(told).isEqualTo(routes).hasSizeGreaterThan(20);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "get|/api/health|/api/health|",
        "get|/api/contents|/api/contents|",
        "get|/api/dictionary|/api/dictionary|",
        "get|/api/features|/api/features?q=a&list=some&status=all|",
        "get|/api/latents|/api/latents?sort=norm&limit=3|",
        "get|/api/features/{latent}|/api/features/3|",
        "get|/api/features/{latent}|/api/features/22|",
        "get|/api/features/{latent}/note|/api/features/3/note|",
        "post|/api/features/{latent}/note|/api/features/4/note|{\"label\": \"a\", \"note\": \"b\"}",
        "get|/api/features/{latent}/predicted|/api/features/3/predicted|",
        "get|/api/features/{latent}/grades|/api/features/3/grades|",
        "post|/api/features/{latent}/grades|/api/features/3/grades|{\"example\": 0, \"grade\": 2}",
        "post|/api/features/{latent}/ablation|/api/features/3/ablation|{\"text\": \"the calm"
            + " bay\"}",
        "get|/api/map|/api/map|",
        "get|/api/comparison|/api/comparison|",
        "get|/api/comparison/pairs|/api/comparison/pairs?limit=3|",
        "get|/api/comparison/partners/{latent}|/api/comparison/partners/3|",
        "get|/api/comparison/features/{latent}|/api/comparison/features/3|",
        "get|/api/lists|/api/lists|",
        "post|/api/lists|/api/lists|{\"name\": \"b\", \"latents\": [2]}",
        "post|/api/find|/api/find|{\"texts\": [\"the calm bay\"], \"others\": [\"a bridge\"]}",
        "post|/api/meaning|/api/meaning|{\"text\": \"the calm bay\", \"limit\": 3}",
        "post|/api/prompt|/api/prompt|{\"text\": \"the calm bay\"}",
        "post|/api/prompt/effects|/api/prompt/effects|{\"text\": \"the calm bay\"}",
        "get|/api/runs|/api/runs|",
        "get|/api/runs/metrics|/api/runs/metrics?run=best|",
        "get|/api/pictures|/api/pictures|",
        "post|/api/pictures/draw|/api/pictures/draw|{\"network\": \"student\", \"pictures\":"
            + " [{\"label\": 7, \"seed\": 1, \"to\": 2, \"share\": 0.5}], \"steps\": 1}",
        "post|/api/pictures/draw|/api/pictures/draw|{\"network\": \"student\", \"pictures\":"
            + " [{\"label\": 7, \"seed\": 1}], \"steps\": 1, \"watch\": 3, \"touches\":"
            + " [{\"latent\": 3, \"on\": [1], \"off\": [0, 2], \"strength\": 2}]}",
        "get|/api/pictures/features|/api/pictures/features|",
        "get|/api/pictures/trainings|/api/pictures/trainings|",
        "get|/api/pictures/sheet|/api/pictures/sheet?training=student&step=20|",
        "post|/api/steering|/api/steering|{\"steers\": [{\"latent\": 3, \"strength\": 5}]}"
      })
  void anAnswerIsAsDescribed(String method, String path, String asked, String body)
      throws Exception {
    JsonNode operation = described.path("paths").path(path).path(method);
    String sent = body == null ? "" : body;
    if (!sent.isEmpty()) {
      fits(JSON.readTree(sent), schema(operation.path("requestBody")), "what is sent");
    }
    fits(ask(method, asked, sent), schema(operation.path("responses").path("200")), asked);
    for (String parameter : asked.replaceFirst("^[^?]*\\??", "").split("&")) {
      if (!parameter.isEmpty()) {
        assertThat(operation.path("parameters").findValuesAsText("name"))
            .contains(parameter.replaceFirst("=.*", ""));
      }
    }
  }

  @Test
  void whatIsWrongIsAsDescribed() throws Exception {
    HttpResponse<String> answer = send("GET", "/api/features/abc", "");
    assertThat(answer.statusCode()).isEqualTo(400);
    fits(
        JSON.readTree(answer.body()),
        schema(described.at("/paths/~1api~1features~1{latent}/get/responses/default")),
        "a problem");
  }

  private static JsonNode schema(JsonNode described) {
    return described.path("content").path("application/json").path("schema");
  }

  /** Fails unless a value is of its schema, and says no more than that has. */
  private static void fits(JsonNode value, JsonNode schema, String where) {
    JsonNode wanted = schema;
    if (schema.has("$ref")) {
      wanted = described.at(schema.path("$ref").asText().substring(1));
      assertThat(wanted.isMissingNode()).as(where + ": " + schema).isFalse();
    }
    switch (wanted.path("type").asText()) {
      case "object" -> {
        assertThat(value.isObject()).as(where).isTrue();
        for (JsonNode name : wanted.path("required")) {
          assertThat(value.has(name.asText())).as(where + "/" + name.asText()).isTrue();
        }
        for (Map.Entry<String, JsonNode> field : value.properties()) {
          JsonNode own =
              wanted.has("additionalProperties")
                  ? wanted.path("additionalProperties")
                  : wanted.path("properties").path(field.getKey());
          String at = where + "/" + field.getKey();
          assertThat(own.isMissingNode()).as(at + " is not described").isFalse();
          fits(field.getValue(), own, at);
        }
      }
      case "array" -> {
        assertThat(value.isArray()).as(where).isTrue();
        for (JsonNode item : value) {
          fits(item, wanted.path("items"), where + "/…");
        }
      }
      case "integer" -> assertThat(value.isIntegralNumber()).as(where).isTrue();
      case "number" -> assertThat(value.isNumber()).as(where).isTrue();
      case "string" -> assertThat(value.isTextual()).as(where).isTrue();
      case "boolean" -> assertThat(value.isBoolean()).as(where).isTrue();
      default -> assertThat(wanted.isEmpty()).as(where + ": " + wanted).isTrue();
    }
  }

  private static JsonNode ask(String method, String path, String body)
      throws IOException, InterruptedException {
    HttpResponse<String> answer = send(method, path, body);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return JSON.readTree(answer.body());
  }

  private static HttpResponse<String> send(String method, String path, String body)
      throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(server.address().resolve(path));
    if (method.equalsIgnoreCase("post")) {
      request
          .header("Content-Type", "application/json")
          .POST(HttpRequest.BodyPublishers.ofString(body));
    }
    return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }
}
