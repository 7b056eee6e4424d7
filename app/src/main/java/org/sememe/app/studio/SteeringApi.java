package org.sememe.app.studio;

import com.fasterxml.jackson.databind.JsonNode;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.sememe.analysis.steering.SideBySide;
import org.sememe.analysis.steering.Steering;
import org.sememe.analysis.steering.SteeringFile;
import org.sememe.analysis.steering.SteeringPrompt;
import org.sememe.analysis.steering.SteeringRequest;
import org.sememe.analysis.steering.SteeringSource;

/**
 * Steering over HTTP.
 *
 * <ul>
 *   <li>{@code POST /api/steer} with {@code {"prompt": "...", "chat": false, "steers": [...],
 *       "where": "both", "sinks": false, "max_new_tokens": 64, "temperature": 0.8, "top_p": 0.95,
 *       "seed": 0}}; all but prompt and steers may be left out, and the steers are those of a
 *       {@link SteeringFile}. It answers a stream of server-sent events: {@code started} ({@link
 *       SteeringSource.Started}), {@code token} ({@code column}: default or steered, {@code id},
 *       {@code text}), {@code finished} ({@link SteeringSource.Outcome}), or {@code problem}
 *       ({@code error}). Who hangs up ends it
 *   <li>{@code POST /api/steering} with {@code steers}, {@code where} and {@code sinks}: the whole
 *       {@link SteeringFile}
 * </ul>
 */
final class SteeringApi {
  private static final String EXAMPLE =
      "{\"prompt\": \"...\", \"steers\": [{\"latent\": 3, \"strength\": 5}]}";
  private static final int MOST_STEERS = 100;

  private final LazyModel model;
  private final JsonExchange json;

  SteeringApi(LazyModel model, JsonExchange json) {
    this.model = model;
    this.json = json;
  }

  void file(ServerRequest request, ServerResponse response) {
    Steering wanted = steering(json.object(request, EXAMPLE));
    Steering whole = model.use(running -> running.complete(wanted));
    json.send(request, response, SteeringFile.fields(whole));
  }

  void steer(ServerRequest request, ServerResponse response) {
    SteeringRequest wanted = wanted(json.object(request, EXAMPLE));
    Events events = new Events(new EventStream(response, json));
    model.use(
        running -> {
          try {
            running.steer(wanted, events);
          } catch (UncheckedIOException e) {
            return events; // whoever asked has hung up
          } catch (RuntimeException e) {
            if (!events.stream().begun()) {
              throw e; // answered as any failed request is
            }
            events.problem(e);
          }
          return events;
        });
    events.stream().end();
  }

  private static SteeringRequest wanted(JsonNode body) {
    JsonNode prompt = body.path("prompt");
    if (!prompt.isTextual()) {
      throw new StudioException(400, "send " + EXAMPLE);
    }
    String text = prompt.textValue();
    if (text.isEmpty() || text.length() > StudioApi.MOST_TEXT) {
      throw new StudioException(400, "prompt: 1 to 20,000 characters");
    }
    return new SteeringRequest(
        new SteeringPrompt(text, body.path("chat").asBoolean(false)),
        steering(body),
        (int) number(body, "max_new_tokens", 64),
        number(body, "temperature", 0.8),
        number(body, "top_p", 0.95),
        (long) number(body, "seed", 0));
  }

  private static Steering steering(JsonNode body) {
    if (body.path("steers").size() > MOST_STEERS) {
      throw new StudioException(400, "steers: at most " + MOST_STEERS);
    }
    return SteeringFile.of(body);
  }

  private static double number(JsonNode body, String name, double otherwise) {
    JsonNode value = body.path(name);
    if (value.isMissingNode()) {
      return otherwise;
    }
    if (!value.isNumber()) {
      throw new StudioException(400, name + ": a number");
    }
    return value.doubleValue();
  }

  /** What happens, as server-sent events. */
  private record Events(EventStream stream) implements SteeringSource.Listener {
    @Override
    public void started(SteeringSource.Started started) {
      stream.send("started", started);
    }

    @Override
    public boolean token(SideBySide.Column column, int id, String text) {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("column", column.key());
      fields.put("id", id);
      fields.put("text", text);
      stream.send("token", fields);
      return true;
    }

    @Override
    public void finished(SteeringSource.Outcome outcome) {
      stream.send("finished", outcome);
    }

    void problem(RuntimeException problem) {
      String line =
          problem.getMessage() == null
              ? problem.getClass().getSimpleName()
              : problem.getMessage().lines().findFirst().orElse("");
      stream.send("problem", Map.of("error", line));
    }
  }
}
