package org.sememe.app.studio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sememe.app.studio.FeatureNotes.Note;

class FeatureNotesTest {
  @TempDir private Path folder;

  private FeatureNotes notes() {
    return new FeatureNotes(folder.resolve(FeatureNotes.FILE));
  }

  @Test
  void whatIsWrittenIsReadAgainWhateverItIs() {
    for (String hostile : SyntheticText.HOSTILE) {
      String label =
          new String(
              hostile.codePoints().limit(100).toArray(),
              0,
              (int) hostile.codePoints().limit(100).count());
      notes().put(3, new Note(label, "a\nnote"));
      assertThat(notes().of(3)).isEqualTo(new Note(label, "a\nnote"));
    }
    notes().put(4, new Note("four", ""));
    notes().put(3, Note.NONE);
    assertThat(notes().all()).containsOnlyKeys(4);
    assertThat(notes().of(3)).isEqualTo(Note.NONE);
  }

  @Test
  void manyAtOnceLoseNothingAndLeaveNoOtherFile() throws IOException {
    FeatureNotes notes = notes();
    IntStream.range(0, 40).parallel().forEach(i -> notes.put(i, new Note("label " + i, "")));
    assertThat(notes.all()).hasSize(40).containsEntry(17, new Note("label 17", ""));
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(f -> f.getFileName().toString())).containsExactly(FeatureNotes.FILE);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "[]", "{}", "{\"notes\": {\"../x\": {}}}", "{\"notes\": 3}"})
  void aFileOfSomethingElseIsNotOverwritten(String content) throws IOException {
    Files.writeString(folder.resolve(FeatureNotes.FILE), content);
    assertThatThrownBy(() -> notes().put(1, new Note("a", "b")))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining(FeatureNotes.FILE);
    assertThat(Files.readString(folder.resolve(FeatureNotes.FILE))).isEqualTo(content);
  }

  @Test
  void onlyThePageItselfWrites() throws Exception {
    SyntheticFeatures features = new SyntheticFeatures(50, 40, 1);
    try (StudioServer server = StudioServer.start(StudioOptions.of(features).withNotes(notes()));
        HttpClient client = HttpClient.newHttpClient()) {
      String good = "{\"label\": \"bays\", \"note\": \"\"}";
      record Try(String latent, String type, String origin, String body, int status) {}
      String own = "http://" + server.address().getAuthority();
      String json = "application/json";
      for (Try one :
          List.of(
              new Try("3", json, "http://evil.example", good, 403),
              new Try("3", "text/plain", own, good, 415),
              new Try("3", json, own, "{\"label\": 3}", 400),
              new Try("3", json, own, good.replace("bays", "x".repeat(201)), 400),
              new Try("5000", json, own, good, 404),
              new Try("x", json, own, good, 400))) {
        assertThat(post(client, server, one.latent, one.type, one.origin, one.body))
            .as(one.toString())
            .isEqualTo(one.status);
      }
      assertThat(notes().all()).isEmpty();
      assertThat(post(client, server, "3", json, own, good)).isEqualTo(200);
      assertThat(notes().of(3).label()).isEqualTo("bays");
    }
    try (StudioServer without = StudioServer.start(StudioOptions.of(features));
        HttpClient client = HttpClient.newHttpClient()) {
      String own = "http://" + without.address().getAuthority();
      String body = "{\"label\": \"\", \"note\": \"\"}";
      assertThat(post(client, without, "3", "application/json", own, body)).isEqualTo(409);
    }
  }

  private static int post(
      HttpClient client,
      StudioServer server,
      String latent,
      String type,
      String origin,
      String body)
      throws Exception {
    return client
        .send(
            HttpRequest.newBuilder(server.address().resolve("/api/features/" + latent + "/note"))
                .header("Content-Type", type)
                .header("Origin", origin)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }
}
