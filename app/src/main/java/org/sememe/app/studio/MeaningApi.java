package org.sememe.app.studio;

import com.fasterxml.jackson.databind.JsonNode;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.sememe.analysis.index.FeatureList;
import org.sememe.analysis.index.FeatureQuery;
import org.sememe.analysis.index.FeatureQuery.Range;
import org.sememe.analysis.index.FeatureSource;
import org.sememe.analysis.meaning.MeaningSource;
import org.sememe.analysis.meaning.NearestMeanings;

/**
 * Search by meaning over HTTP: {@code POST /api/meaning} with {@code {"text": "...", "limit": 30}}
 * answers {@link Shown}.
 */
final class MeaningApi {
  static final int MOST_CHARACTERS = 1_000;
  private static final int MOST = 100;
  private static final int USUAL = 30;
  private static final String EXAMPLE = "{\"text\": \"...\", \"limit\": 30}";

  private final Optional<MeaningSource> meanings;
  private final JsonExchange json;

  /**
   * What was found.
   *
   * @param latents that have a vector of their meaning, and so were looked at
   * @param mean cosine of all of these with the text: what a feature has that has nothing to do
   *     with it
   * @param tokens indexed: the sample of a feature's density
   * @param matches best first
   */
  record Shown(int latents, double mean, long tokens, List<Match> matches) {}

  /**
   * A feature.
   *
   * @param cosine of its meaning and the text's
   * @param label that a person gave it
   */
  record Match(double cosine, Optional<String> label, FeatureList.Row feature) {}

  MeaningApi(Optional<MeaningSource> meanings, JsonExchange json) {
    this.meanings = meanings;
    this.json = json;
  }

  boolean there() {
    return meanings.filter(MeaningSource::there).isPresent();
  }

  void find(
      ServerRequest request,
      ServerResponse response,
      FeatureSource features,
      Map<Integer, String> labels) {
    JsonNode body = json.object(request, EXAMPLE);
    String text = body.path("text").asText("").strip();
    if (!body.path("text").isTextual() || text.isEmpty() || text.length() > MOST_CHARACTERS) {
      throw new StudioException(400, "text: 1 to 1,000 characters; send " + EXAMPLE);
    }
    int limit = body.path("limit").asInt(USUAL);
    if (body.has("limit") && !body.path("limit").isInt() || limit < 1 || limit > MOST) {
      throw new StudioException(400, "limit: a whole number from 1 to " + MOST);
    }
    if (!there()) {
      throw new StudioException(
          404,
          "features of this dictionary have no meanings yet; make them: sememe index RUN"
              + " --meaning");
    }
    NearestMeanings found = meanings.orElseThrow().nearest(text, limit);
    Map<Integer, FeatureList.Row> rows = rows(features, found);
    List<Match> matches = new ArrayList<>();
    for (NearestMeanings.Match match : found.nearest()) {
      matches.add(
          new Match(
              match.cosine(),
              Optional.ofNullable(labels.get(match.latent())),
              rows.get(match.latent())));
    }
    json.send(
        request,
        response,
        new Shown(found.latents(), found.mean(), features.summary().tokens(), matches));
  }

  private static Map<Integer, FeatureList.Row> rows(FeatureSource features, NearestMeanings found) {
    TreeSet<Integer> latents =
        found.nearest().stream()
            .map(NearestMeanings.Match::latent)
            .collect(Collectors.toCollection(TreeSet::new));
    FeatureQuery all =
        new FeatureQuery(
            "",
            FeatureQuery.Sort.LATENT,
            false,
            FeatureQuery.Status.ALL,
            Range.ANY,
            Range.ANY,
            0,
            MOST);
    return features.list(all.within(latents)).features().stream()
        .collect(Collectors.toMap(FeatureList.Row::latent, Function.identity()));
  }
}
