package org.sememe.app.studio;

import com.fasterxml.jackson.databind.JsonNode;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Saved lists over HTTP: {@code GET /api/lists} answers {@code {"editable": true, "lists":
 * [{"name": "places", "latents": [3, 17]}]}}; {@code POST} with {@code name} and {@code latents}
 * keeps a list (an empty one takes it away), and answers the same.
 */
final class ListsApi {
  private static final String EXAMPLE = "{\"name\": \"places\", \"latents\": [3, 17]}";

  /** A list. */
  record Named(String name, Set<Integer> latents) {}

  /** What is answered. */
  record Shown(boolean editable, List<Named> lists) {}

  private final Optional<FeatureLists> lists;
  private final JsonExchange json;

  ListsApi(Optional<FeatureLists> lists, JsonExchange json) {
    this.lists = lists;
    this.json = json;
  }

  /** The latents of a list that is there. */
  Set<Integer> latents(String name) {
    return lists
        .map(FeatureLists::all)
        .filter(all -> all.containsKey(name))
        .map(all -> all.get(name))
        .orElseThrow(() -> new StudioException(404, "there is no list of that name"));
  }

  void read(ServerRequest request, ServerResponse response) {
    List<Named> all =
        lists.map(FeatureLists::all).stream()
            .flatMap(named -> named.entrySet().stream())
            .map(list -> new Named(list.getKey(), list.getValue()))
            .toList();
    json.send(request, response, new Shown(lists.isPresent(), all));
  }

  void write(ServerRequest request, ServerResponse response, int latents) {
    FeatureLists file =
        lists.orElseThrow(() -> new StudioException(409, "this studio keeps no lists"));
    JsonNode body = json.object(request, EXAMPLE);
    if (!body.path("name").isTextual() || !body.path("latents").isArray()) {
      throw new StudioException(400, "send " + EXAMPLE);
    }
    Set<Integer> named = new TreeSet<>();
    for (JsonNode latent : body.path("latents")) {
      if (!latent.isInt() || latent.intValue() < 0 || latent.intValue() >= latents) {
        throw new StudioException(400, "there is no latent " + latent);
      }
      named.add(latent.intValue());
    }
    file.put(body.path("name").textValue().strip(), named);
    read(request, response);
  }
}
