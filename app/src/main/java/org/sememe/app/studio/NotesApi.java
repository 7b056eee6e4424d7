package org.sememe.app.studio;

import com.fasterxml.jackson.databind.JsonNode;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.Optional;
import org.sememe.app.studio.FeatureNotes.Note;

/**
 * Notes over HTTP: {@code GET /api/features/LATENT/note} answers {@code {"editable": true, "label":
 * "...", "note": "..."}}; {@code POST} with {@code label} and {@code note} writes both, and answers
 * the same.
 */
final class NotesApi {
  private static final String EXAMPLE = "{\"label\": \"...\", \"note\": \"...\"}";

  /** What is answered. */
  record Shown(boolean editable, String label, String note) {
    static Shown of(boolean editable, Note note) {
      return new Shown(editable, note.label(), note.note());
    }
  }

  private final Optional<FeatureNotes> notes;
  private final JsonExchange json;

  NotesApi(Optional<FeatureNotes> notes, JsonExchange json) {
    this.notes = notes;
    this.json = json;
  }

  void read(ServerRequest request, ServerResponse response, int latent) {
    Note note = notes.map(all -> all.of(latent)).orElse(Note.NONE);
    json.send(request, response, Shown.of(notes.isPresent(), note));
  }

  void write(ServerRequest request, ServerResponse response, int latent) {
    FeatureNotes file =
        notes.orElseThrow(() -> new StudioException(409, "this studio keeps no notes"));
    JsonNode body = json.object(request, EXAMPLE);
    if (!body.path("label").isTextual() || !body.path("note").isTextual()) {
      throw new StudioException(400, "send " + EXAMPLE);
    }
    Note note =
        new Note(
            body.path("label").textValue().strip(), body.path("note").textValue().stripTrailing());
    file.put(latent, note);
    json.send(request, response, Shown.of(true, note));
  }
}
