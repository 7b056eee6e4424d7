package org.sememe.app.studio;

import com.fasterxml.jackson.databind.JsonNode;
import io.helidon.http.HttpException;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.sememe.analysis.index.DictionarySummary;
import org.sememe.analysis.index.FeatureDetail;
import org.sememe.analysis.index.FeatureList;
import org.sememe.analysis.index.FeatureQuery;
import org.sememe.analysis.index.FeatureSource;
import org.sememe.analysis.index.TokenLookup;
import org.sememe.analysis.prompt.PromptAnalysis;
import org.sememe.analysis.steering.Ablation;
import org.sememe.analysis.steering.LossEffects;

/**
 * The JSON API. Fields are the answering record's components in snake_case; what is absent is left
 * out. An error is {@code {"error": "one line"}} with a fitting status.
 *
 * <ul>
 *   <li>{@code GET /api/openapi.json}: {@link ApiDescription}, all that follows for programs
 *   <li>{@code GET /api/health}: {@code {"status": "ok"}}
 *   <li>{@code GET /api/contents}: {@code {"features": true, "sweep": false, "map": true,
 *       "meaning": false, "comparison": false, "runs": true, "pictures": false, "dictionary":
 *       {...}}}, what there is to show, with all that {@code /api/dictionary} answers if there are
 *       features
 *   <li>{@code GET /api/sweep}: the fields of {@code sweep.json}
 *   <li>{@code GET /api/dictionary}: {@link DictionarySummary}
 *   <li>{@code GET /api/features}: {@link Listed}. Query: {@code q} (a token or a label contains
 *       it), {@code latents} (only these, {@code 3,17}), {@code list} (only those of a saved list),
 *       {@code box} (only those in a rectangle of the map, {@code x,y,x,y}), {@code sort} ({@code
 *       density}, {@code max_activation}, {@code mean_activation}, {@code norm}, {@code latent}),
 *       {@code order} ({@code desc}, {@code asc}), {@code status} ({@code alive}, {@code dead},
 *       {@code all}), {@code density_min}, {@code density_max}, {@code norm_min}, {@code norm_max},
 *       {@code offset}, {@code limit} (1 to 200)
 *   <li>{@code GET /api/features/LATENT}: {@link FeatureDetail}
 *   <li>{@code GET} and {@code POST /api/features/LATENT/note}: {@link NotesApi}
 *   <li>{@code GET /api/features/LATENT/predicted}: {@link TokenLookup}
 *   <li>{@code GET} and {@code POST /api/features/LATENT/grades}: {@link GradesApi}
 *   <li>{@code POST /api/features/LATENT/ablation} with {@code {"example": 3}} (an example's id) or
 *       {@code {"text": "..."}} (1 to 20,000 characters): {@link Ablation}
 *   <li>{@code POST /api/prompt} with {@code {"text": "..."}} (1 to 20,000 characters): {@link
 *       PromptAnalysis}
 *   <li>{@code POST /api/prompt/effects} with the same: {@link LossEffects}
 *   <li>{@code GET /api/latents}: {@code {"latents": [...]}}, all that the same query finds
 *   <li>{@code GET /api/map}: {@link MapApi.Shown}
 *   <li>{@code GET /api/comparison}: {@link ComparisonApi}
 *   <li>{@code GET} and {@code POST /api/lists}: {@link ListsApi}
 *   <li>{@code POST /api/find}: {@link FindApi}
 *   <li>{@code POST /api/meaning}: {@link MeaningApi}
 *   <li>{@code GET /api/runs} and below: {@link TrainingApi}
 *   <li>{@code GET /api/pictures} and below: {@link PicturesApi}
 *   <li>{@code POST /api/steer} and {@code POST /api/steering}: {@link SteeringApi}
 * </ul>
 */
final class StudioApi implements HttpService {
  static final int MOST_TEXT = 20_000;

  private final StudioOptions options;
  private final LazyModel model;
  private final JsonExchange json = new JsonExchange();
  private final SteeringApi steering;
  private final NotesApi notes;
  private final GradesApi grades;
  private final ListsApi lists;
  private final FindApi find;
  private final MapApi map;
  private final MeaningApi meaning;
  private final ComparisonApi comparison;
  private final TrainingApi training;
  private final PicturesApi pictures;

  /**
   * A page of features with the labels that people gave them.
   *
   * @param labels by latent, of those on the page that have one
   */
  record Listed(
      long total, long offset, List<FeatureList.Row> features, Map<Integer, String> labels) {}

  /** That the studio answers. */
  record Health(String status) {}

  /** What there is to show, and of what dictionary the features are. */
  record Contents(
      boolean features,
      boolean sweep,
      boolean map,
      boolean meaning,
      boolean comparison,
      boolean runs,
      boolean pictures,
      Optional<DictionarySummary> dictionary) {}

  /** What a query finds. */
  record Found(int[] latents) {}

  /** What is wrong, in one line. */
  record Problem(String error) {}

  StudioApi(StudioOptions options, LazyModel model) {
    this.options = options;
    this.model = model;
    this.steering = new SteeringApi(model, json);
    this.notes = new NotesApi(options.notes(), json);
    this.grades = new GradesApi(options.grades(), options.notes(), json);
    this.lists = new ListsApi(options.lists(), json);
    this.find = new FindApi(model, json);
    this.map = new MapApi(options.map(), () -> source().summary().latents(), json);
    this.meaning = new MeaningApi(options.meaning(), json);
    this.comparison = new ComparisonApi(options.comparison(), options.metrics(), json);
    this.training = new TrainingApi(options.runs(), json);
    this.pictures = new PicturesApi(options.pictures(), json);
  }

  @Override
  public void routing(HttpRules rules) {
    rules
        .get("/openapi.json", (q, a) -> send(q, a, ApiDescription.document()))
        .get("/health", (request, response) -> send(request, response, new Health("ok")))
        .get("/contents", this::contents)
        .get("/sweep", this::sweep)
        .get("/dictionary", this::dictionary)
        .get("/features", this::features)
        .get("/latents", this::latents)
        .get("/map", (q, a) -> map.show(q, a, source()))
        .get("/comparison", (q, a) -> comparison.show(q, a, source()))
        .get("/comparison/pairs", (q, a) -> comparison.pairs(q, a, source()))
        .get(
            "/comparison/partners/{latent}", (q, a) -> comparison.partner(q, a, source(), known(q)))
        .get("/comparison/features/{latent}", (q, a) -> comparison.feature(q, a, latent(q)))
        .get("/features/{latent}", this::feature)
        .get("/features/{latent}/note", (q, a) -> notes.read(q, a, known(q)))
        .post("/features/{latent}/note", (q, a) -> notes.write(q, a, known(q)))
        .get("/features/{latent}/predicted", (q, a) -> send(q, a, TokenLookup.of(detail(q))))
        .get("/features/{latent}/grades", (q, a) -> grades.read(q, a, detail(q)))
        .post("/features/{latent}/grades", (q, a) -> grades.write(q, a, detail(q)))
        .post("/features/{latent}/ablation", this::ablation)
        .get("/lists", lists::read)
        .post("/lists", (q, a) -> lists.write(q, a, source().summary().latents()))
        .post("/find", find::find)
        .post("/meaning", (q, a) -> meaning.find(q, a, source(), labels()))
        .post("/prompt", this::prompt)
        .post("/prompt/effects", this::effects)
        .get("/runs", training::list)
        .get("/runs/metrics", training::metrics)
        .get("/runs/events", training::events)
        .get("/pictures", pictures::show)
        .post("/pictures/draw", pictures::draw)
        .get("/pictures/features", pictures::features)
        .get("/pictures/trainings", pictures::trainings)
        .get("/pictures/sheet", pictures::sheet)
        .post("/steer", steering::steer)
        .post("/steering", steering::file)
        .any(
            (request, response) -> {
              throw new StudioException(404, "there is no such request in the API");
            });
  }

  private void contents(ServerRequest request, ServerResponse response) {
    send(
        request,
        response,
        new Contents(
            options.features().isPresent(),
            options.sweep().isPresent(),
            map.there(),
            meaning.there(),
            options.comparison().isPresent(),
            options.runs().isPresent(),
            options.pictures().isPresent(),
            options.features().map(this::summary)));
  }

  private void sweep(ServerRequest request, ServerResponse response) {
    send(
        request,
        response,
        options
            .sweep()
            .orElseThrow(() -> new StudioException(404, "this studio shows no sweep"))
            .fields());
  }

  private FeatureSource source() {
    return options
        .features()
        .orElseThrow(() -> new StudioException(404, "this studio shows no one dictionary"));
  }

  private void dictionary(ServerRequest request, ServerResponse response) {
    send(request, response, summary(source()));
  }

  private DictionarySummary summary(FeatureSource features) {
    return features.summary().with(options.metrics(), model.possible());
  }

  private void features(ServerRequest request, ServerResponse response) {
    Map<Integer, String> labels = labels();
    FeatureList found = source().list(query(request, labels));
    labels
        .keySet()
        .retainAll(
            found.features().stream().map(FeatureList.Row::latent).collect(Collectors.toSet()));
    send(request, response, new Listed(found.total(), found.offset(), found.features(), labels));
  }

  private void latents(ServerRequest request, ServerResponse response) {
    send(request, response, new Found(source().latents(query(request, labels()))));
  }

  private FeatureQuery query(ServerRequest request, Map<Integer, String> labels) {
    Function<String, Optional<String>> values =
        name -> request.query().first(name).asOptional().filter(v -> !v.isEmpty());
    FeatureQuery query = QueryString.parse(values);
    Optional<String> list = values.apply("list");
    if (list.isPresent()) {
      query = query.within(lists.latents(list.get()));
    }
    Optional<String> box = values.apply("box");
    if (box.isPresent()) {
      query = query.within(map.within(box.get()));
    }
    if (query.search().isEmpty()) {
      return query;
    }
    String wanted = query.search().toLowerCase(Locale.ROOT);
    return query.finding(
        labels.entrySet().stream()
            .filter(label -> label.getValue().toLowerCase(Locale.ROOT).contains(wanted))
            .map(Map.Entry::getKey)
            .collect(Collectors.toSet()));
  }

  /** The labels that people gave, by latent. */
  private Map<Integer, String> labels() {
    Map<Integer, String> labels = new TreeMap<>();
    options
        .notes()
        .map(FeatureNotes::all)
        .ifPresent(
            all ->
                all.forEach(
                    (latent, note) -> {
                      if (!note.label().isEmpty()) {
                        labels.put(latent, note.label());
                      }
                    }));
    return labels;
  }

  private void feature(ServerRequest request, ServerResponse response) {
    send(request, response, detail(request));
  }

  private FeatureDetail detail(ServerRequest request) {
    int latent = latent(request);
    return source().feature(latent).orElseThrow(() -> missing(latent));
  }

  private static int latent(ServerRequest request) {
    String given = request.path().pathParameters().get("latent");
    if (!given.matches("[0-9]{1,9}")) {
      throw new StudioException(400, "a latent is a whole number");
    }
    return Integer.parseInt(given);
  }

  /** A latent that is there. */
  private int known(ServerRequest request) {
    int latent = latent(request);
    if (latent >= source().summary().latents()) {
      throw missing(latent);
    }
    return latent;
  }

  private StudioException missing(int latent) {
    return new StudioException(
        404,
        "there is no latent " + latent + ": the dictionary has " + source().summary().latents());
  }

  private void ablation(ServerRequest request, ServerResponse response) {
    int latent = known(request);
    String wanted = "{\"example\": 3} or {\"text\": \"...\"}";
    JsonNode body = json.object(request, wanted);
    if (body.path("example").isInt()) {
      int example = body.path("example").intValue();
      send(request, response, model.use(running -> running.ablateExample(latent, example)));
    } else {
      String text = text(body, wanted);
      send(request, response, model.use(running -> running.ablateText(latent, text)));
    }
  }

  private void prompt(ServerRequest request, ServerResponse response) {
    String example = "{\"text\": \"...\"}";
    String text = text(json.object(request, example), example);
    send(request, response, model.use(running -> running.analyse(text)));
  }

  private void effects(ServerRequest request, ServerResponse response) {
    String example = "{\"text\": \"...\"}";
    String text = text(json.object(request, example), example);
    send(request, response, model.use(running -> running.lossEffects(text)));
  }

  private static String text(JsonNode body, String example) {
    JsonNode value = body.path("text");
    if (!value.isTextual()) {
      throw new StudioException(400, "send " + example);
    }
    String text = value.textValue();
    if (text.isEmpty() || text.length() > MOST_TEXT) {
      throw new StudioException(400, "text: 1 to 20,000 characters");
    }
    return text;
  }

  /**
   * Answers a failure as JSON with one line; what is not the person's doing says nothing of our
   * insides.
   */
  void fail(ServerRequest request, ServerResponse response, Throwable problem) {
    int status =
        switch (problem) {
          case StudioException e -> e.status();
          case IllegalArgumentException e -> 400;
          case HttpException e -> e.status().code();
          default -> 500;
        };
    String line =
        problem.getMessage() == null
            ? problem.getClass().getSimpleName()
            : problem.getMessage().lines().findFirst().orElse("");
    response.status(Status.create(status));
    send(request, response, new Problem(line));
  }

  private void send(ServerRequest request, ServerResponse response, Object answer) {
    json.send(request, response, answer);
  }
}
