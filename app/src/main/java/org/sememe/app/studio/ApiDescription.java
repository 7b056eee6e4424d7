package org.sememe.app.studio;

import static org.sememe.app.studio.ApiOperation.get;
import static org.sememe.app.studio.ApiOperation.post;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.sememe.analysis.index.DictionarySummary;
import org.sememe.analysis.index.FeatureDetail;
import org.sememe.analysis.index.TokenLookup;
import org.sememe.analysis.prompt.ExampleSearch;
import org.sememe.analysis.prompt.PromptAnalysis;
import org.sememe.analysis.steering.Ablation;
import org.sememe.analysis.steering.LossEffects;
import org.sememe.app.runs.MetricsFile;

/**
 * The API in OpenAPI 3.1, made of the same records that its answers are made of. A test holds it
 * against the routes and against answers.
 */
final class ApiDescription {
  private static final Pattern PART = Pattern.compile("\\{([a-z]+)}");

  /** A text to run. */
  record Text(String text) {}

  /** An example's id, or a text. */
  record ExampleOrText(OptionalInt example, Optional<String> text) {}

  /** An example's id, and how well the label fits it. */
  record ExampleAndGrade(int example, OptionalInt grade) {}

  /** Texts in which a feature should fire, and others in which it should not. */
  record Texts(List<String> texts, Optional<List<String>> others) {}

  /** What features should mean, and how many to find. */
  record Meant(String text, OptionalInt limit) {}

  /** A label and a note. */
  record LabelAndNote(String label, String note) {}

  /** What a reply is steered by. */
  record Steered(
      String prompt,
      List<JsonNode> steers,
      Optional<Boolean> chat,
      Optional<String> where,
      Optional<Boolean> sinks,
      OptionalInt maxNewTokens,
      OptionalDouble temperature,
      OptionalDouble topP,
      OptionalLong seed) {}

  /** Steers without a prompt. */
  record Steers(List<JsonNode> steers, Optional<String> where, Optional<Boolean> sinks) {}

  private static final ApiOperation PAGE =
      get("", "", JsonNode.class)
          .with("order", "string", "desc (unless said) or asc")
          .with("offset", "integer", "rows to leave out, 0 unless said")
          .with("limit", "integer", "rows, 1 to 200, 50 unless said");

  private static final ApiOperation QUERY =
      get("", "", JsonNode.class)
          .with("q", "string", "a token or a label contains it; at most 200 characters")
          .with("latents", "string", "only these: 3,17; at most 1,000")
          .with("list", "string", "only those of a saved list")
          .with("box", "string", "only those in a rectangle of the map: x,y,x,y")
          .with(
              "sort",
              "string",
              "density (unless said), max_activation, mean_activation, norm, latent")
          .with("status", "string", "alive (unless said), dead or all")
          .with("density_min", "number", "smallest share of active tokens")
          .with("density_max", "number", "largest share of active tokens")
          .with("norm_min", "number", "smallest norm of the encoder's row")
          .with("norm_max", "number", "largest norm of the encoder's row")
          .withAllOf(PAGE);

  static final List<ApiOperation> OPERATIONS =
      List.of(
          get("/openapi.json", "This description", JsonNode.class),
          get("/health", "Whether the studio answers", StudioApi.Health.class),
          get("/contents", "What there is to show", StudioApi.Contents.class),
          get("/sweep", "The fields of sweep.json", JsonNode.class),
          get("/dictionary", "What the dictionary is", DictionarySummary.class),
          get("/features", "A page of features", StudioApi.Listed.class).withAllOf(QUERY),
          get("/latents", "All latents that a query finds", StudioApi.Found.class).withAllOf(QUERY),
          get("/features/{latent}", "A feature", FeatureDetail.class),
          get("/features/{latent}/note", "Its label and note", NotesApi.Shown.class),
          post(
              "/features/{latent}/note",
              "Write its label and note",
              LabelAndNote.class,
              NotesApi.Shown.class),
          get(
              "/features/{latent}/predicted",
              "What its tokens alone predict on its examples",
              TokenLookup.class),
          get(
              "/features/{latent}/grades",
              "How well its label fits its examples",
              GradesApi.Shown.class),
          post(
              "/features/{latent}/grades",
              "Grade an example, 0 to 3; without a grade it is taken away",
              ExampleAndGrade.class,
              GradesApi.Shown.class),
          post(
              "/features/{latent}/ablation",
              "What leaving it out does at each token of an example or of a text of at most 20,000"
                  + " characters",
              ExampleOrText.class,
              Ablation.class),
          get("/map", "The map of decoder directions", MapApi.Shown.class),
          get("/comparison", "Another dictionary beside this one", ComparisonApi.Shown.class),
          get("/comparison/pairs", "Latents and their nearest there", ComparisonApi.Pairs.class)
              .withAllOf(PAGE),
          get(
              "/comparison/partners/{latent}",
              "A latent and its nearest there",
              ComparisonApi.Pair.class),
          get(
              "/comparison/features/{latent}",
              "A feature of the other dictionary",
              FeatureDetail.class),
          get("/lists", "The saved lists", ListsApi.Shown.class),
          post(
              "/lists",
              "Keep a list; one without latents is taken away",
              ListsApi.Named.class,
              ListsApi.Shown.class),
          post(
              "/find",
              "Features that fire in these texts and not in those: at most 24 of 2,000 characters",
              Texts.class,
              ExampleSearch.class),
          post(
              "/meaning",
              "Features whose meaning is nearest to a text's of at most 1,000 characters: limit of"
                  + " them, 1 to 100, 30 unless said",
              Meant.class,
              MeaningApi.Shown.class),
          post(
              "/prompt",
              "Every token's features, of a text of at most 20,000 characters",
              Text.class,
              PromptAnalysis.class),
          post(
              "/prompt/effects",
              "How the next token's loss changes where a feature is left out at a token, of every"
                  + " token's features in such a text",
              Text.class,
              LossEffects.class),
          get("/runs", "The runs beside this one", TrainingApi.Shown.class),
          get("/runs/metrics", "A run's curve, at most about 500 lines", MetricsFile.Lines.class)
              .with("run", "string", "which; must be said"),
          get("/runs/events", "Lines as they are added: events 'lines'", JsonNode.class)
              .with("run", "string", "which; may be repeated")
              .with("from", "integer", "where its lines before ended; one for each run")
              .streamed(),
          get("/pictures", "Networks that draw, and what was measured", PicturesApi.Shown.class),
          post(
              "/pictures/draw",
              "Draw 1 to 64 pictures of classes, each from the noise of its seed or from a share of"
                  + " the way to that of another",
              PictureSource.Request.class,
              PictureSource.Drawn.class),
          get(
              "/pictures/features",
              "Features that can be painted into a picture",
              PictureSource.Features.class),
          get("/pictures/trainings", "How they were trained", PicturesApi.Trained.class),
          get("/pictures/sheet", "What a training drew at a step", PictureSource.Sheet.class)
              .with("training", "string", "teacher or student; must be said")
              .with("step", "integer", "one of its sheets; must be said"),
          post(
                  "/steer",
                  "A reply beside the steered one: events started, token, finished, problem",
                  Steered.class,
                  JsonNode.class)
              .streamed(),
          post("/steering", "The steering file of these steers", Steers.class, JsonNode.class));

  private ApiDescription() {}

  /** The description, as JSON has it. */
  static Map<String, Object> document() {
    JsonSchemas schemas = new JsonSchemas();
    Map<String, Map<String, Object>> paths = new LinkedHashMap<>();
    for (ApiOperation operation : OPERATIONS) {
      paths
          .computeIfAbsent("/api" + operation.path(), path -> new LinkedHashMap<>())
          .put(operation.method(), described(operation, schemas));
    }
    schemas.of(StudioApi.Problem.class);
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("openapi", "3.1.0");
    document.put(
        "info",
        Map.of(
            "title",
            "Sememe studio",
            "version",
            "1",
            "description",
            "A post is JSON and of this server's own origin. Where the studio has a token, every"
                + " request brings it, as Authorization: Bearer TOKEN."));
    document.put("paths", paths);
    document.put("components", Map.of("schemas", schemas.named()));
    return document;
  }

  private static Map<String, Object> described(ApiOperation operation, JsonSchemas schemas) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("summary", operation.summary());
    List<Map<String, Object>> inPath =
        PART.matcher(operation.path())
            .results()
            .map(part -> parameter(part.group(1), "path", true, "integer", "from 0 on"))
            .toList();
    List<Map<String, Object>> inQuery =
        operation.query().stream()
            .map(p -> parameter(p.name(), "query", false, p.type(), p.what()))
            .toList();
    fields.put("parameters", Stream.concat(inPath.stream(), inQuery.stream()).toList());
    operation
        .body()
        .ifPresent(
            body ->
                fields.put(
                    "requestBody",
                    Map.of(
                        "required",
                        true,
                        "content",
                        content("application/json", schemas.of(body)))));
    Map<String, Object> good =
        operation
            .answer()
            .map(answer -> content("application/json", schemas.of(answer)))
            .orElseGet(() -> content("text/event-stream", Map.of("type", "string")));
    Map<String, Object> bad = content("application/json", schemas.of(StudioApi.Problem.class));
    fields.put(
        "responses",
        Map.of(
            "200",
            Map.of("description", operation.summary(), "content", good),
            "default",
            Map.of("description", "What is wrong, in one line", "content", bad)));
    return fields;
  }

  private static Map<String, Object> parameter(
      String name, String in, boolean required, String type, String what) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("name", name);
    fields.put("in", in);
    fields.put("required", required);
    fields.put("description", what);
    fields.put("schema", Map.of("type", type));
    return fields;
  }

  private static Map<String, Object> content(String media, Map<String, Object> schema) {
    return Map.of(media, Map.of("schema", schema));
  }
}
