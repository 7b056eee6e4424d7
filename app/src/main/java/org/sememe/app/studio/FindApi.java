package org.sememe.app.studio;

import com.fasterxml.jackson.databind.JsonNode;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.ArrayList;
import java.util.List;
import org.sememe.analysis.prompt.ExampleSearch;
import org.sememe.analysis.prompt.PromptAnalysis;

/**
 * Search by example over HTTP: {@code POST /api/find} with {@code {"texts": ["..."], "others":
 * ["..."]}} runs them all, and answers the {@link ExampleSearch}.
 */
final class FindApi {
  static final int MOST_TEXTS = 24;
  static final int MOST_CHARACTERS = 2_000;
  private static final String EXAMPLE = "{\"texts\": [\"...\"], \"others\": [\"...\"]}";

  private final LazyModel model;
  private final JsonExchange json;

  FindApi(LazyModel model, JsonExchange json) {
    this.model = model;
    this.json = json;
  }

  void find(ServerRequest request, ServerResponse response) {
    JsonNode body = json.object(request, EXAMPLE);
    List<String> texts = texts(body.path("texts"), false);
    List<String> others = texts(body.path("others"), true);
    if (texts.isEmpty() || texts.size() + others.size() > MOST_TEXTS) {
      throw new StudioException(
          400, "texts: at least one, and at most " + MOST_TEXTS + " with the others");
    }
    json.send(
        request,
        response,
        model.use(running -> ExampleSearch.of(run(running, texts), run(running, others))));
  }

  private static List<PromptAnalysis> run(StudioModel running, List<String> texts) {
    return texts.stream().map(running::analyse).toList();
  }

  private static List<String> texts(JsonNode list, boolean mayLack) {
    if (!list.isArray() && !(mayLack && list.isMissingNode())) {
      throw new StudioException(400, "send " + EXAMPLE);
    }
    List<String> texts = new ArrayList<>();
    for (JsonNode text : list) {
      if (!text.isTextual()
          || text.textValue().isEmpty()
          || text.textValue().length() > MOST_CHARACTERS) {
        throw new StudioException(400, "a text: 1 to 2,000 characters");
      }
      texts.add(text.textValue());
    }
    return texts;
  }
}
