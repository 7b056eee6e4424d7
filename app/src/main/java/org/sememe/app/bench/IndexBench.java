package org.sememe.app.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.sememe.analysis.index.DictionarySummary;
import org.sememe.analysis.index.FeatureIndex;
import org.sememe.analysis.index.FeatureIndexBuilder;
import org.sememe.analysis.index.FeatureQuery;
import org.sememe.analysis.index.IndexListener;
import org.sememe.analysis.index.IndexOptions;
import org.sememe.analysis.index.IndexTarget;
import org.sememe.models.TokenBatch;
import org.sememe.tensors.RandomStream;

/**
 * An index: what building it adds to running the model and encoding, which have to be done in any
 * case, and how fast it answers.
 *
 * @param rows rows to index, at most
 * @param repetitions times that each thing is done, in turns, after a warm-up on few rows
 * @param forwardTokens tokens that the model's pass is timed on, about
 * @param queries questions of each kind
 * @param threads of libtorch, for the record
 */
public record IndexBench(long rows, int repetitions, long forwardTokens, int queries, int threads) {
  /** Rows of the untimed round: code is compiled, memory is taken. */
  private static final long WARM_UP_ROWS = 4096;

  private static final String PARTS = "parts";

  /** The studio's first page. */
  private static final FeatureQuery FIRST_PAGE =
      new FeatureQuery(
          "",
          FeatureQuery.Sort.DENSITY,
          true,
          FeatureQuery.Status.ALIVE,
          FeatureQuery.Range.ANY,
          FeatureQuery.Range.ANY,
          0,
          50);

  /** Checks the ranges. */
  public IndexBench {
    if (rows < 1 || repetitions < 1 || forwardTokens < 1 || queries < 1) {
      throw new IllegalArgumentException(
          "rows, repetitions, forward tokens and queries must be at least 1");
    }
  }

  /** Told after every round. */
  @FunctionalInterface
  public interface Listener {
    void round(int done);
  }

  /** What was measured; fields as scripts read them. */
  public Map<String, Object> run(IndexInputs inputs, Listener listener) throws IOException {
    try (ScratchFolder folder = ScratchFolder.create()) {
      Path file = folder.path().resolve("index.duckdb");
      List<TokenBatch> sample = inputs.sample(forwardTokens);
      round(inputs, file, Math.min(rows, WARM_UP_ROWS), sample.subList(0, 1));
      List<Round> rounds = new ArrayList<>();
      for (int i = 0; i < repetitions; i++) {
        rounds.add(round(inputs, file, rows, sample));
        listener.round(i + 1);
      }
      try (FeatureIndex index = FeatureIndex.open(file)) {
        Map<String, Object> fields =
            fields(inputs, index.summary(), rounds, sample, Files.size(file));
        ask(index, fields);
        fields.put("repetitions", repetitions);
        fields.put("threads", threads);
        fields.put("cpu", Cpu.name());
        return fields;
      }
    }
  }

  /** Seconds of one round. */
  private record Round(
      double forward, double encode, double index, Map<IndexListener.Stage, Double> stages) {}

  private static Round round(IndexInputs inputs, Path file, long most, List<TokenBatch> sample)
      throws IOException {
    double forward = inputs.forward(sample);
    double encode = inputs.encode(Math.min(most, inputs.rows()));
    StageTimes times = new StageTimes();
    long begin = System.nanoTime();
    FeatureIndexBuilder.build(
        inputs.sae(),
        inputs.store(),
        inputs.model(),
        inputs.model().tokenizer(),
        // Nothing that an earlier round encoded is found.
        new IndexTarget(file, "bench", file.resolveSibling(PARTS), UUID.randomUUID().toString()),
        IndexOptions.defaults().withRows(most),
        times);
    long end = System.nanoTime();
    return new Round(forward, encode, (end - begin) / 1e9, times.until(end));
  }

  /** When each stage began. */
  private static final class StageTimes implements IndexListener {
    private final Map<Stage, Long> began = new EnumMap<>(Stage.class);

    @Override
    public void progress(long done, long total) {}

    @Override
    public void begins(Stage stage) {
      began.put(stage, System.nanoTime());
    }

    Map<Stage, Double> until(long end) {
      Map<Stage, Double> seconds = new EnumMap<>(Stage.class);
      List<Stage> order = List.copyOf(began.keySet());
      for (int i = 0; i < order.size(); i++) {
        long next = i + 1 < order.size() ? began.get(order.get(i + 1)) : end;
        seconds.put(order.get(i), (next - began.get(order.get(i))) / 1e9);
      }
      return seconds;
    }
  }

  private Map<String, Object> fields(
      IndexInputs inputs,
      DictionarySummary summary,
      List<Round> rounds,
      List<TokenBatch> sample,
      long bytes) {
    double encode = Median.of(rounds, Round::encode);
    double index = Median.of(rounds, Round::index);
    long sampled = sample.stream().mapToLong(TokenBatch::tokens).sum();
    double forward =
        Median.of(rounds, Round::forward) / sampled * summary.tokens() * inputs.tokensPerRow();
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("tokens", summary.tokens());
    fields.put("latents", summary.latents());
    fields.put("alive", summary.alive());
    fields.put("d", summary.width());
    fields.put("hook", summary.hook());
    fields.put("encode_s", encode);
    fields.put("index_s", index);
    Map<String, Double> stages = new LinkedHashMap<>();
    for (IndexListener.Stage stage : IndexListener.Stage.values()) {
      stages.put(
          stage.name().toLowerCase(Locale.ROOT) + "_s",
          Median.of(rounds, round -> round.stages().get(stage)));
    }
    fields.put("stages", stages);
    fields.put("index_over_encode", index / encode);
    fields.put("forward_s", forward);
    fields.put(
        "forward",
        "up to the hook point, extrapolated from " + sampled + " tokens of its contexts");
    fields.put("index_added_share", index / (forward + encode));
    fields.put("tokens_per_s", summary.tokens() / index);
    fields.put("size_mb", bytes / 1e6);
    return fields;
  }

  /** Asks an index as the studio does: the first page, and pages of latents in a random order. */
  private void ask(FeatureIndex index, Map<String, Object> fields) {
    RandomStream random = RandomStream.of(0).stream("latents");
    int latents = index.summary().latents();
    List<Double> lists = new ArrayList<>();
    List<Double> features = new ArrayList<>();
    for (int i = -warmUps(); i < queries; i++) {
      long begin = System.nanoTime();
      index.list(FIRST_PAGE);
      long listed = System.nanoTime();
      index.feature(random.nextInt(latents));
      long shown = System.nanoTime();
      if (i >= 0) {
        lists.add((listed - begin) / 1e6);
        features.add((shown - listed) / 1e6);
      }
    }
    fields.put("list_ms", milliseconds(lists));
    fields.put("feature_ms", milliseconds(features));
    fields.put("queries", queries);
  }

  private int warmUps() {
    return Math.max(1, queries / 10);
  }

  private static Map<String, Double> milliseconds(List<Double> values) {
    Map<String, Double> fields = new LinkedHashMap<>();
    fields.put("median", Median.of(values, Double::doubleValue));
    fields.put("p99", Quantile.of(values, 0.99));
    return fields;
  }
}
