package org.sememe.app.studio;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.sememe.analysis.index.DictionarySummary;
import org.sememe.analysis.index.FeatureDetail;
import org.sememe.analysis.index.FeatureExample;
import org.sememe.analysis.index.FeatureList;
import org.sememe.analysis.index.FeatureQuery;
import org.sememe.analysis.index.FeatureSource;
import org.sememe.analysis.prompt.PromptAnalysis;

/**
 * A small made-up dictionary whose every number is truly counted from its made-up text: a latent
 * fires on a few tokens, more strongly after some others. Latent 7 fires on the hostile tokens;
 * every 23rd latent is dead.
 */
final class SyntheticFeatures implements FeatureSource {
  static final int HOSTILE_LATENT = 7;
  static final int DEAD_LATENT = 22;
  private static final int BINS = 48;
  private static final int INTERVALS = 8;

  private final int latents;
  private final List<List<String>> contexts;
  private final Map<String, List<int[]>> places = new HashMap<>();
  private final List<String> vocabulary;
  private final long tokens;
  private final List<Map<String, Double>> weights = new ArrayList<>();
  private final List<FeatureList.Row> rows = new ArrayList<>();

  SyntheticFeatures(int latents, int contextCount, long seed) {
    this.latents = latents;
    this.contexts = SyntheticText.contexts(contextCount, 96, seed);
    LinkedHashSet<String> seen = new LinkedHashSet<>();
    for (int c = 0; c < contexts.size(); c++) {
      for (int p = 0; p < contexts.get(c).size(); p++) {
        String token = contexts.get(c).get(p);
        seen.add(token);
        places.computeIfAbsent(token, t -> new ArrayList<>()).add(new int[] {c, p});
      }
    }
    this.vocabulary = List.copyOf(seen);
    this.tokens = contexts.stream().mapToLong(List::size).sum();
    Random random = new Random(seed);
    for (int i = 0; i < latents; i++) {
      Map<String, Double> weight = new HashMap<>();
      if (i == HOSTILE_LATENT) {
        for (int h = 0; h < SyntheticText.HOSTILE.size(); h++) {
          weight.put(SyntheticText.HOSTILE.get(h), 4.0 + h);
        }
      } else if (i % 23 != 22) {
        int many = 1 + random.nextInt(5);
        for (int t = 0; t < many; t++) {
          weight.put(
              vocabulary.get(random.nextInt(vocabulary.size())),
              (2 + 9 * random.nextDouble()) * Math.pow(0.6, t));
        }
      }
      weights.add(weight);
      rows.add(row(i, weight));
    }
  }

  private record Hit(int context, int position, float activation) {}

  /**
   * What the latent gives on a token: its weight, less by a part that depends on what stands
   * before.
   */
  private static float activation(int latent, double weight, List<String> text, int position) {
    if (position == 0) {
      return 0;
    }
    double near = part(latent, text.get(position - 1));
    double far = part(latent + position % 16, text.get(Math.max(0, position - 9)));
    return near < 0.25 ? 0 : (float) (weight * (0.05 + 0.5 * near * near + 0.45 * far * far));
  }

  /** A number from 0 to 1 that only a latent and a token decide. */
  private static double part(int latent, String token) {
    int mixed = (token.hashCode() * 31 + latent) * 0x9E3779B9;
    mixed = (mixed ^ (mixed >>> 15)) * 0x85EBCA6B;
    return (mixed >>> 8) / (double) (1 << 24);
  }

  private float activation(int latent, List<String> text, int position) {
    Double weight = weights.get(latent).get(text.get(position));
    return weight == null ? 0 : activation(latent, weight, text, position);
  }

  private List<Hit> hits(int latent, Map<String, Double> weight) {
    List<Hit> hits = new ArrayList<>();
    weight.forEach(
        (token, w) ->
            places
                .getOrDefault(token, List.of())
                .forEach(
                    at -> {
                      List<String> text = contexts.get(at[0]);
                      float a = activation(latent, w, text, at[1]);
                      if (a > 0) {
                        hits.add(new Hit(at[0], at[1], a));
                      }
                    }));
    hits.sort(
        Comparator.comparingDouble((Hit h) -> -h.activation())
            .thenComparingInt(Hit::context)
            .thenComparingInt(Hit::position));
    return hits;
  }

  private FeatureList.Row row(int latent, Map<String, Double> weight) {
    List<Hit> hits = hits(latent, weight);
    double max = hits.isEmpty() ? 0 : hits.getFirst().activation();
    return new FeatureList.Row(
        latent,
        statistics(latent, hits).stream()
            .map(FeatureDetail.TokenStatistic::token)
            .limit(6)
            .toList(),
        hits.size() / (double) tokens,
        hits.size(),
        max,
        hits.stream().mapToDouble(Hit::activation).average().orElse(0),
        OptionalDouble.of(0.6 + (latent * 37 % 101) / 80.0),
        hits.isEmpty(),
        hits.isEmpty()
            ? Optional.empty()
            : Optional.of(example(0, "top", latent, hits.getFirst(), max, weight)));
  }

  private FeatureExample example(
      int id, String group, int latent, Hit hit, double max, Map<String, Double> weight) {
    List<String> text = contexts.get(hit.context());
    float[] activations = new float[text.size()];
    for (int p = 1; p < text.size(); p++) {
      Double w = weight.get(text.get(p));
      activations[p] = w == null ? 0 : activation(latent, w, text, p);
    }
    return new FeatureExample(
        id,
        group,
        interval(hit.activation(), max),
        hit.activation(),
        hit.position(),
        text,
        activations,
        Optional.of(hit.context() % 2 == 0 ? "gloss" : "java.base/java/util/Table.java"),
        Optional.of(hit.context() % 10 == 0 ? "held_out" : "train"));
  }

  private static int interval(double activation, double max) {
    return Math.min(INTERVALS - 1, (int) (activation / max * INTERVALS));
  }

  private List<FeatureDetail.TokenStatistic> statistics(int latent, List<Hit> hits) {
    Map<String, Long> counts = new HashMap<>();
    hits.forEach(h -> counts.merge(contexts.get(h.context()).get(h.position()), 1L, Long::sum));
    return counts.entrySet().stream()
        .map(
            e -> {
              double share = e.getValue() / (double) hits.size();
              long base = places.get(e.getKey()).size();
              return new FeatureDetail.TokenStatistic(
                  e.getKey(), e.getValue(), share, share / (base / (double) tokens), base);
            })
        .sorted(
            Comparator.comparingLong((FeatureDetail.TokenStatistic t) -> -t.count())
                .thenComparing(FeatureDetail.TokenStatistic::token))
        .toList();
  }

  @Override
  public DictionarySummary summary() {
    long[] counts = new long[24];
    rows.stream()
        .filter(r -> !r.dead())
        .forEach(r -> counts[(int) Math.clamp((Math.log10(r.density()) + 6) * 4, 0, 23)]++);
    double[] norms = rows.stream().mapToDouble(r -> r.norm().orElseThrow()).sorted().toArray();
    return new DictionarySummary(
        "Synthetic-1M",
        "blocks.9.hook_resid_post",
        576,
        latents,
        OptionalInt.of(32),
        tokens,
        contexts.size(),
        (int) rows.stream().filter(r -> !r.dead()).count(),
        new DictionarySummary.DensityHistogram(-6, 0, Arrays.stream(counts).boxed().toList()),
        Optional.of(List.of(norms[0], norms[norms.length - 1])),
        List.of(),
        false);
  }

  @Override
  public FeatureList list(FeatureQuery q) {
    List<FeatureList.Row> found = found(q);
    return new FeatureList(
        found.size(), q.offset(), found.stream().skip(q.offset()).limit(q.limit()).toList());
  }

  @Override
  public int[] latents(FeatureQuery q) {
    return found(q).stream().mapToInt(FeatureList.Row::latent).toArray();
  }

  @Override
  public float[] densities() {
    float[] densities = new float[latents];
    rows.forEach(row -> densities[row.latent()] = (float) row.density());
    return densities;
  }

  private List<FeatureList.Row> found(FeatureQuery q) {
    Comparator<FeatureList.Row> order =
        switch (q.sort()) {
          case DENSITY -> Comparator.comparingDouble(FeatureList.Row::density);
          case MAX_ACTIVATION -> Comparator.comparingDouble(FeatureList.Row::maxActivation);
          case MEAN_ACTIVATION -> Comparator.comparingDouble(FeatureList.Row::meanActivation);
          case NORM -> Comparator.comparingDouble(r -> r.norm().orElse(0));
          case LATENT -> Comparator.comparingInt(FeatureList.Row::latent);
        };
    String wanted = q.search().toLowerCase(Locale.ROOT);
    return rows.stream()
        .filter(
            r ->
                q.status() == FeatureQuery.Status.ALL
                    || r.dead() == (q.status() == FeatureQuery.Status.DEAD))
        .filter(r -> q.density().contains(r.density()))
        .filter(r -> q.norm().contains(r.norm().orElse(0)))
        .filter(r -> q.among().isEmpty() || q.among().get().contains(r.latent()))
        .filter(
            r ->
                wanted.isEmpty()
                    || q.also().contains(r.latent())
                    || r.topTokens().stream()
                        .anyMatch(t -> t.toLowerCase(Locale.ROOT).contains(wanted)))
        .sorted(
            (q.descending() ? order.reversed() : order).thenComparingInt(FeatureList.Row::latent))
        .toList();
  }

  @Override
  public Optional<FeatureDetail> feature(int latent) {
    if (latent < 0 || latent >= latents) {
      return Optional.empty();
    }
    FeatureList.Row row = rows.get(latent);
    List<Hit> hits = hits(latent, weights.get(latent));
    Long[] bins = new Long[BINS];
    Arrays.fill(bins, 0L);
    long[] inInterval = new long[INTERVALS];
    for (Hit hit : hits) {
      bins[Math.min(BINS - 1, (int) (hit.activation() / row.maxActivation() * BINS))]++;
      inInterval[interval(hit.activation(), row.maxActivation())]++;
    }
    List<FeatureExample> examples = new ArrayList<>();
    int top = Math.min(12, hits.size());
    for (Hit hit : hits.subList(0, top)) {
      examples.add(shown(examples.size(), "top", latent, hit));
    }
    Random random = new Random(latent);
    for (int i = INTERVALS - 1; i >= 0; i--) {
      int wanted = i;
      List<Hit> rest =
          new ArrayList<>(
              hits.subList(top, hits.size()).stream()
                  .filter(h -> interval(h.activation(), row.maxActivation()) == wanted)
                  .toList());
      Collections.shuffle(rest, random);
      rest.stream()
          .limit(5)
          .sorted(Comparator.comparingDouble(h -> -h.activation()))
          .forEach(h -> examples.add(shown(examples.size(), "interval", latent, h)));
    }
    double width = row.maxActivation() / INTERVALS;
    return Optional.of(
        new FeatureDetail(
            latent,
            row.topTokens(),
            row.density(),
            row.activeTokens(),
            tokens,
            row.maxActivation(),
            row.meanActivation(),
            row.norm(),
            row.dead(),
            new FeatureDetail.Histogram(row.dead() ? List.of() : List.of(bins)),
            row.dead()
                ? List.of()
                : IntStream.range(0, INTERVALS)
                    .mapToObj(
                        i -> new FeatureDetail.Interval(i * width, (i + 1) * width, inInterval[i]))
                    .toList(),
            examples,
            new FeatureDetail.Logits(effects(latent, 1), effects(latent, -1)),
            neighbours(latent),
            statistics(latent, hits).stream().limit(12).toList(),
            Optional.of(together(latent))));
  }

  /** Where a latent fires. */
  private Set<List<Integer>> tokens(int latent) {
    return hits(latent, weights.get(latent)).stream()
        .map(hit -> List.of(hit.context(), hit.position()))
        .collect(Collectors.toSet());
  }

  private FeatureDetail.Coactivation together(int latent) {
    Set<List<Integer>> own = tokens(latent);
    List<FeatureDetail.Partner> partners = new ArrayList<>();
    for (FeatureList.Row other : rows) {
      boolean shares =
          weights.get(other.latent()).keySet().stream().anyMatch(weights.get(latent)::containsKey);
      if (other.latent() == latent || !shares) {
        continue;
      }
      Set<List<Integer>> theirs = tokens(other.latent());
      long both = own.stream().filter(theirs::contains).count();
      double expected = (double) own.size() * theirs.size() / tokens;
      double spread =
          Math.sqrt(expected * (tokens - own.size()) * (tokens - theirs.size()) / tokens);
      if (both > 2 * expected + 5) {
        partners.add(
            new FeatureDetail.Partner(
                other.latent(),
                other.topTokens(),
                both,
                theirs.size(),
                expected,
                (both - expected) / spread));
      }
    }
    partners.sort(Comparator.comparingDouble(partner -> -partner.phi()));
    return new FeatureDetail.Coactivation(tokens, own.size(), partners.stream().limit(10).toList());
  }

  private FeatureExample shown(int id, String group, int latent, Hit hit) {
    return example(id, group, latent, hit, rows.get(latent).maxActivation(), weights.get(latent));
  }

  private List<FeatureDetail.Effect> effects(int latent, int sign) {
    Random random = new Random(latent * 2L + sign);
    double[] sizes = random.doubles(10, 0.2, 1.6).sorted().toArray();
    return IntStream.range(0, sizes.length)
        .mapToObj(
            i ->
                new FeatureDetail.Effect(
                    vocabulary.get(random.nextInt(vocabulary.size())),
                    sign * sizes[sizes.length - 1 - i]))
        .toList();
  }

  private List<FeatureDetail.Neighbour> neighbours(int latent) {
    double[] cosines = new Random(latent).doubles(10, 0.15, 0.75).sorted().toArray();
    return IntStream.range(0, cosines.length)
        .mapToObj(
            i -> {
              FeatureList.Row other = rows.get((latent * 7 + 13 * (i + 1)) % latents);
              return new FeatureDetail.Neighbour(
                  other.latent(),
                  other.topTokens(),
                  cosines[cosines.length - 1 - i],
                  other.density());
            })
        .toList();
  }

  /** The share of a latent's activations that are smaller. */
  private double below(int latent, double activation) {
    List<Hit> hits = hits(latent, weights.get(latent));
    return hits.stream().filter(h -> h.activation() < activation).count() / (double) hits.size();
  }

  /** A text seen by the made-up features. */
  PromptAnalysis analyse(String prompt) {
    List<String> text =
        SyntheticText.HOSTILE.contains(prompt)
            ? List.of("the", prompt)
            : SyntheticText.tokens(prompt);
    List<PromptAnalysis.Token> each = new ArrayList<>();
    List<PromptAnalysis.Strength> whole = new ArrayList<>();
    float[][] all = new float[latents][text.size()];
    for (int i = 0; i < latents; i++) {
      float most = 0;
      int active = 0;
      for (int p = 0; p < text.size(); p++) {
        all[i][p] = activation(i, text, p);
        most = Math.max(most, all[i][p]);
        active += all[i][p] > 0 ? 1 : 0;
      }
      FeatureList.Row row = rows.get(i);
      if (most > 0 && !row.dead()) {
        whole.add(
            new PromptAnalysis.Strength(
                i,
                row.topTokens(),
                most,
                row.maxActivation(),
                row.density(),
                active,
                OptionalDouble.of(below(i, most)),
                all[i]));
      }
    }
    whole.sort(Comparator.comparingDouble(s -> -s.activation()));
    for (int p = 0; p < text.size(); p++) {
      int at = p;
      each.add(
          new PromptAnalysis.Token(
              text.get(p),
              p == 0,
              whole.stream()
                  .filter(s -> s.activations()[at] > 0)
                  .map(
                      s ->
                          new PromptAnalysis.Active(
                              s.latent(),
                              s.topTokens(),
                              s.activations()[at],
                              s.maxActivation(),
                              s.density(),
                              OptionalDouble.of(below(s.latent(), s.activations()[at]))))
                  .sorted(Comparator.comparingDouble(a -> -a.activation()))
                  .limit(16)
                  .toList()));
    }
    return new PromptAnalysis(false, each, whole.stream().limit(40).toList());
  }
}
