package org.sememe.app.studio;

import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.sememe.analysis.geometry.DictionaryPartners;
import org.sememe.analysis.index.DictionarySummary;
import org.sememe.analysis.index.FeatureDetail;
import org.sememe.analysis.index.FeatureList;
import org.sememe.analysis.index.FeatureQuery;
import org.sememe.analysis.index.FeatureSource;

/**
 * Another dictionary beside this one, over HTTP. It is compared when that is first asked for; a
 * failure is not kept.
 *
 * <ul>
 *   <li>{@code GET /api/comparison}: {@link Shown}
 *   <li>{@code GET /api/comparison/pairs}: {@link Pairs}, by {@code order} of cosine ({@code desc},
 *       {@code asc}); {@code offset}, {@code limit} (1 to 200)
 *   <li>{@code GET /api/comparison/partners/LATENT}: the {@link Pair} of one latent of this one
 *   <li>{@code GET /api/comparison/features/LATENT}: the {@link FeatureDetail} of the other's
 * </ul>
 */
final class ComparisonApi {
  private static final int BINS = 20;

  private final Optional<Supplier<Comparison>> supplier;
  private final List<DictionarySummary.Metric> metrics;
  private final JsonExchange json;
  private Optional<Comparison> made = Optional.empty();
  private Integer[] byCosine = {};

  /** One of the two. */
  record Side(DictionarySummary dictionary, double share) {}

  /**
   * Both dictionaries.
   *
   * @param name of the other
   * @param here this one, and the share of its latents with a partner there
   * @param there the other, and the share of its latents with a partner here
   * @param partner cosine from which on two are partners
   * @param chance share with a partner among random directions
   * @param chanceSample latents that this was measured on
   * @param cosines latents by cosine with their nearest, in equal bins from 0 to 1; what is below 0
   *     is in the first
   * @param chanceCosines the same with the nearest of random directions
   */
  record Shown(
      String name,
      Side here,
      Side there,
      double partner,
      double chance,
      int chanceSample,
      List<Long> cosines,
      List<Long> chanceCosines) {}

  /** A latent and its nearest there. */
  record Pair(FeatureList.Row here, FeatureList.Row there, float cosine) {}

  /** A page of them. */
  record Pairs(long total, long offset, List<Pair> pairs) {}

  ComparisonApi(
      Optional<Supplier<Comparison>> supplier,
      List<DictionarySummary.Metric> metrics,
      JsonExchange json) {
    this.supplier = supplier;
    this.metrics = metrics;
    this.json = json;
  }

  private synchronized Comparison comparison() {
    if (made.isEmpty()) {
      Comparison comparison =
          supplier
              .orElseThrow(
                  () ->
                      new StudioException(
                          404,
                          "there is nothing to compare with: sememe studio RUN --compare OTHER"))
              .get();
      float[] cosines = comparison.partners().cosines();
      byCosine = IntStream.range(0, cosines.length).boxed().toArray(Integer[]::new);
      Arrays.sort(byCosine, Comparator.comparingDouble(latent -> -cosines[latent]));
      made = Optional.of(comparison);
    }
    return made.get();
  }

  void show(ServerRequest request, ServerResponse response, FeatureSource here) {
    Comparison comparison = comparison();
    DictionaryPartners partners = comparison.partners();
    json.send(
        request,
        response,
        new Shown(
            comparison.name(),
            new Side(
                here.summary().with(metrics, false), DictionaryPartners.share(partners.cosines())),
            new Side(
                comparison.other().summary().with(comparison.metrics(), false),
                DictionaryPartners.share(partners.back())),
            DictionaryPartners.PARTNER,
            DictionaryPartners.share(partners.chance()),
            partners.chance().length,
            histogram(partners.cosines()),
            histogram(partners.chance())));
  }

  private static List<Long> histogram(float[] cosines) {
    Long[] bins = new Long[BINS];
    Arrays.fill(bins, 0L);
    for (float cosine : cosines) {
      bins[Math.clamp((long) (cosine * BINS), 0, BINS - 1)]++;
    }
    return List.of(bins);
  }

  void pairs(ServerRequest request, ServerResponse response, FeatureSource here) {
    FeatureQuery page =
        QueryString.parse(
            name ->
                request
                    .query()
                    .first(name)
                    .asOptional()
                    .filter(value -> !value.isEmpty() && !name.equals("latents")));
    Comparison comparison = comparison();
    int total = byCosine.length;
    List<Integer> latents = new ArrayList<>();
    for (long i = page.offset(); i < Math.min(total, page.offset() + page.limit()); i++) {
      latents.add(byCosine[(int) (page.descending() ? i : total - 1 - i)]);
    }
    DictionaryPartners partners = comparison.partners();
    Map<Integer, FeatureList.Row> ours = rows(here, latents);
    Map<Integer, FeatureList.Row> theirs =
        rows(
            comparison.other(),
            latents.stream().map(latent -> partners.partners()[latent]).toList());
    List<Pair> pairs =
        latents.stream()
            .map(
                latent ->
                    new Pair(
                        ours.get(latent),
                        theirs.get(partners.partners()[latent]),
                        partners.cosines()[latent]))
            .toList();
    json.send(request, response, new Pairs(total, page.offset(), pairs));
  }

  void partner(ServerRequest request, ServerResponse response, FeatureSource here, int latent) {
    Comparison comparison = comparison();
    int partner = comparison.partners().partners()[latent];
    json.send(
        request,
        response,
        new Pair(
            rows(here, List.of(latent)).get(latent),
            rows(comparison.other(), List.of(partner)).get(partner),
            comparison.partners().cosines()[latent]));
  }

  private static Map<Integer, FeatureList.Row> rows(
      FeatureSource source, Collection<Integer> latents) {
    Set<Integer> wanted = new TreeSet<>(latents);
    FeatureQuery all =
        new FeatureQuery(
                "",
                FeatureQuery.Sort.LATENT,
                false,
                FeatureQuery.Status.ALL,
                FeatureQuery.Range.ANY,
                FeatureQuery.Range.ANY,
                0,
                FeatureQuery.MOST)
            .within(wanted);
    Map<Integer, FeatureList.Row> rows = new HashMap<>();
    source.list(all).features().forEach(row -> rows.put(row.latent(), row.with(Optional.empty())));
    return rows;
  }

  void feature(ServerRequest request, ServerResponse response, int latent) {
    FeatureDetail feature =
        comparison()
            .other()
            .feature(latent)
            .orElseThrow(
                () -> new StudioException(404, "the other dictionary has no latent " + latent));
    json.send(request, response, feature);
  }
}
