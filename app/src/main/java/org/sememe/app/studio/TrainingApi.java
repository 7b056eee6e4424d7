package org.sememe.app.studio;

import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.sememe.app.runs.MetricsFile;
import org.sememe.app.runs.RunFolders;

/**
 * Runs over HTTP, while they are trained and after.
 *
 * <ul>
 *   <li>{@code GET /api/runs}: {@code {"runs": [...], "first": "NAME"}}, each a {@link
 *       RunFolders.Summary}; {@code first} is the one that the studio was opened with
 *   <li>{@code GET /api/runs/metrics?run=NAME}: {@link MetricsFile.Lines}, at most about 500 lines
 *       of {@code metrics.jsonl}
 *   <li>{@code GET /api/runs/events?run=NAME&from=END&run=...}: server-sent events {@code lines}
 *       with {@code {"run": "NAME", "lines": [...], "end": 1234, "again": false}} as lines are
 *       added; {@code again} says that the run went back to a checkpoint, and these are all it has.
 *       Who hangs up ends it
 * </ul>
 */
final class TrainingApi {
  private static final int MOST_LINES = 500;
  private static final int MOST_WATCHED = 50;
  private static final long PAUSE_MILLIS = 500;
  private static final int PAUSES_OF_SILENCE = 4;

  private final Optional<WatchedRuns> runs;
  private final JsonExchange json;

  /**
   * The runs.
   *
   * @param first the one that the studio was opened with
   */
  record Shown(List<RunFolders.Summary> runs, Optional<String> first) {}

  TrainingApi(Optional<WatchedRuns> runs, JsonExchange json) {
    this.runs = runs;
    this.json = json;
  }

  private WatchedRuns runs() {
    return runs.orElseThrow(() -> new StudioException(404, "this studio shows no runs"));
  }

  void list(ServerRequest request, ServerResponse response) {
    WatchedRuns watched = runs();
    try {
      json.send(request, response, new Shown(watched.folders().list(), watched.first()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void metrics(ServerRequest request, ServerResponse response) {
    String name =
        request
            .query()
            .first("run")
            .asOptional()
            .orElseThrow(() -> new StudioException(400, "say which: ?run=NAME"));
    try {
      json.send(request, response, file(name).overview(MOST_LINES));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private MetricsFile file(String name) throws IOException {
    return runs()
        .folders()
        .metrics(name)
        .orElseThrow(() -> new StudioException(404, "there is no run of that name"));
  }

  void events(ServerRequest request, ServerResponse response) {
    List<String> names = request.query().all("run", List::of);
    List<String> from = request.query().all("from", List::of);
    if (names.isEmpty() || names.size() != from.size() || names.size() > MOST_WATCHED) {
      throw new StudioException(400, "send run=NAME&from=END, for 1 to " + MOST_WATCHED + " runs");
    }
    EventStream events = new EventStream(response, json);
    try {
      Map<String, Watched> watched = new LinkedHashMap<>();
      for (int i = 0; i < names.size(); i++) {
        watched.put(names.get(i), new Watched(file(names.get(i)), end(from.get(i))));
      }
      events.stillHere();
      follow(watched, events);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (UncheckedIOException hungUp) {
      // Nobody is there to be told.
    } finally {
      events.end();
    }
  }

  private static long end(String given) {
    if (!given.matches("[0-9]{1,15}")) {
      throw new StudioException(400, "from: where the lines before ended");
    }
    return Long.parseLong(given);
  }

  private record Watched(MetricsFile file, long end) {}

  private static void follow(Map<String, Watched> watched, EventStream events)
      throws IOException, InterruptedException {
    int silent = 0;
    while (true) {
      for (Map.Entry<String, Watched> run : watched.entrySet()) {
        Watched before = run.getValue();
        MetricsFile.Lines more = before.file().read(before.end());
        boolean again = more.end() < before.end();
        if (again || !more.lines().isEmpty()) {
          Map<String, Object> fields = new LinkedHashMap<>();
          fields.put("run", run.getKey());
          fields.put("lines", more.lines());
          fields.put("end", more.end());
          fields.put("again", again);
          events.send("lines", fields);
          silent = 0;
        }
        run.setValue(new Watched(before.file(), more.end()));
      }
      if (++silent >= PAUSES_OF_SILENCE) {
        events.stillHere();
        silent = 0;
      }
      Thread.sleep(PAUSE_MILLIS);
    }
  }
}
