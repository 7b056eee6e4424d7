package org.sememe.app.studio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sememe.analysis.index.FeatureDetail;
import org.sememe.analysis.index.FeatureExample;
import org.sememe.app.studio.FeatureGrades.Grade;
import org.sememe.app.studio.GradesApi.Tally;

/** Grades of labels: their file, their shares, and how they are asked for. */
class FeatureGradesTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final SyntheticFeatures FEATURES = new SyntheticFeatures(50, 100, 1);
  private static final int LATENT = 3;

  @TempDir private Path folder;

  private FeatureGrades grades() {
    return new FeatureGrades(folder.resolve(FeatureGrades.FILE));
  }

  private static Grade grade(String text, int grade) {
    return new Grade(text, 2.5, true, "a label", grade);
  }

  private static FeatureExample example(String text, double activation) {
    float[] activations = {(float) activation};
    return new FeatureExample(
        0,
        "interval",
        0,
        activation,
        0,
        List.of(text),
        activations,
        Optional.empty(),
        Optional.empty());
  }

  @Test
  void whatIsWrittenIsReadAgainAndATextHasOneGrade() {
    grades().put(3, grade("the sea", 2));
    grades().put(3, grade("the bay", 0));
    grades().put(4, grade("the sea", 1));
    grades().put(3, grade("the sea", 3));
    assertThat(grades().of(3)).containsExactly(grade("the bay", 0), grade("the sea", 3));
    grades().remove(3, example("the bay", 2.5001));
    grades().remove(3, example("the sea", 2.6)); // another place of the same words
    grades().remove(3, example("never graded", 2.5));
    assertThat(grades().of(3)).containsExactly(grade("the sea", 3));
    assertThat(grades().of(4)).containsExactly(grade("the sea", 1));
    for (String hostile : SyntheticText.HOSTILE) {
      int end =
          hostile.offsetByCodePoints(0, Math.min(150, hostile.codePointCount(0, hostile.length())));
      String text = hostile.substring(0, end);
      grades().put(5, grade(text, 1));
      assertThat(grades().of(5)).contains(grade(text, 1));
    }
  }

  @Test
  void manyAtOnceLoseNothing() {
    FeatureGrades grades = grades();
    IntStream.range(0, 40).parallel().forEach(i -> grades.put(i % 4, grade("text " + i, i % 4)));
    IntStream.range(0, 4).forEach(latent -> assertThat(grades.of(latent)).hasSize(10));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[]",
        "{}",
        "{\"grades\": {\"x\": []}}",
        "{\"grades\": {\"3\": [{}]}}",
        "{\"grades\": {\"3\": [{\"text\":\"a\",\"activation\":1,\"label\":\"b\",\"grade\":4}]}}",
        "{\"grades\": {\"3\": [{\"text\":\"a\",\"activation\":-1,\"label\":\"b\",\"grade\":1}]}}"
      })
  void aFileOfSomethingElseIsNotOverwritten(String content) throws IOException {
    Path file = Files.writeString(folder.resolve(FeatureGrades.FILE), content);
    assertThatThrownBy(() -> grades().put(1, grade("a", 1)))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("not a file of grades");
    assertThat(Files.readString(file)).isEqualTo(content);
  }

  /** Wilson's interval where all or none fit has a closed form: n / (n + z²) to 1. */
  @ParameterizedTest
  @CsvSource({"1", "4", "30"})
  void theIntervalOfAShareIsWilsons(int n) {
    double end = n / (n + 1.959964 * 1.959964);
    Tally all = Tally.of(Collections.nCopies(n, grade("a", 3)));
    assertThat(all.counts()).containsExactly(0, 0, 0, n);
    assertThat(all.share()).contains(1.0);
    assertThat(all.low().orElseThrow()).isCloseTo(end, within(1e-9));
    assertThat(all.high().orElseThrow()).isCloseTo(1, within(1e-9));
    Tally none = Tally.of(Collections.nCopies(n, grade("a", 2)));
    assertThat(none.share()).contains(0.0);
    assertThat(none.low().orElseThrow()).isCloseTo(0, within(1e-9));
    assertThat(none.high().orElseThrow()).isCloseTo(1 - end, within(1e-9));
    assertThat(Tally.of(List.of()).share()).isEmpty();
  }

  @Test
  void gradesAreCountedByIntervalForTheLabelThatIsThereNow() throws Exception {
    FeatureNotes notes = new FeatureNotes(folder.resolve(FeatureNotes.FILE));
    StudioOptions options = StudioOptions.of(FEATURES).withNotes(notes).withGrades(grades());
    FeatureDetail feature = FEATURES.feature(LATENT).orElseThrow();
    FeatureExample random =
        feature.examples().stream().filter(e -> !e.group().equals("top")).findFirst().orElseThrow();
    FeatureExample top = feature.examples().getFirst();
    try (StudioServer server = StudioServer.start(options)) {
      assertThat(ask(server, "").path("editable").asBoolean()).isFalse();
      assertThat(status(server, "{\"example\": %d, \"grade\": 3}".formatted(top.id())))
          .isEqualTo(409); // nothing to grade
      notes.put(LATENT, new FeatureNotes.Note("water", ""));
      ask(server, "{\"example\": %d, \"grade\": 3}".formatted(top.id()));
      JsonNode shown = ask(server, "{\"example\": %d, \"grade\": 1}".formatted(random.id()));
      assertThat(shown.path("label").asText()).isEqualTo("water");
      assertThat(shown.path("examples").path(String.valueOf(random.id())).asInt()).isEqualTo(1);
      assertThat(shown.path("strongest").path("sample").asInt()).isEqualTo(1);
      assertThat(shown.path("strongest").path("share").asDouble()).isEqualTo(1);
      for (int i = 0; i < feature.intervals().size(); i++) {
        assertThat(shown.path("intervals").path(i).path("sample").asInt())
            .isEqualTo(i == random.interval() ? 1 : 0);
      }
      notes.put(LATENT, new FeatureNotes.Note("bodies of water", ""));
      JsonNode renamed = ask(server, "");
      assertThat(renamed.path("examples")).isEmpty();
      assertThat(renamed.path("other_labels").asInt()).isEqualTo(2);
      notes.put(LATENT, new FeatureNotes.Note("water", ""));
      assertThat(ask(server, "{\"example\": %d}".formatted(random.id())).path("examples"))
          .hasSize(1);
      for (String wrong :
          List.of(
              "{}",
              "{\"example\": \"1\"}",
              "{\"example\": 0, \"grade\": 4}",
              "{\"example\": 0, \"grade\": -1}",
              "{\"example\": 0, \"grade\": \"3\"}",
              "{\"example\": 0, \"grade\": 1.5}")) {
        assertThat(status(server, wrong)).as(wrong).isEqualTo(400);
      }
      assertThat(status(server, "{\"example\": 99999, \"grade\": 1}")).isEqualTo(404);
    }
    assertThat(grades().of(LATENT)).hasSize(1);
  }

  /** An index of other text has other ids; the same text has the same grade. */
  @Test
  void aGradeIsFoundAgainByItsText() {
    FeatureExample example = FEATURES.feature(LATENT).orElseThrow().examples().getFirst();
    FeatureExample again =
        new FeatureExample(
            77,
            "interval",
            0,
            example.activation(),
            example.peak(),
            example.tokens(),
            example.activations(),
            example.document(),
            example.split());
    assertThat(FeatureGrades.text(again)).isEqualTo(FeatureGrades.text(example));
    assertThat(FeatureGrades.text(example)).endsWith(example.tokens().get(example.peak()));
  }

  @Test
  void aLongTextIsCutBetweenCharacters() {
    FeatureExample waves =
        new FeatureExample(
            0,
            "top",
            0,
            1,
            1,
            List.of("🌊".repeat(300), "x"),
            new float[] {0, 1},
            Optional.empty(),
            Optional.empty());
    assertThat(FeatureGrades.text(waves)).isEqualTo("🌊".repeat(199) + "x");
    grades().put(1, Grade.of(waves, "a label", 3));
    assertThat(grades().of(1).getFirst().text()).isEqualTo(FeatureGrades.text(waves));
  }

  private static HttpResponse<String> send(StudioServer server, String body) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(server.address().resolve("/api/features/" + LATENT + "/grades"));
    if (!body.isEmpty()) {
      request
          .header("Content-Type", "application/json")
          .POST(HttpRequest.BodyPublishers.ofString(body));
    }
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
  }

  private static JsonNode ask(StudioServer server, String body) throws Exception {
    HttpResponse<String> answer = send(server, body);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return JSON.readTree(answer.body());
  }

  private static int status(StudioServer server, String body) throws Exception {
    return send(server, body).statusCode();
  }
}
