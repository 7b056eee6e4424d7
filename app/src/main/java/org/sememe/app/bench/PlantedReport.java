package org.sememe.app.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.sememe.analysis.planted.ParentScores;
import org.sememe.analysis.planted.Recovery;
import org.sememe.training.TrainOptions;

/**
 * What a comparison on planted rows found.
 *
 * @param bench what was asked for
 * @param trials each contender's, one a seed
 */
public record PlantedReport(PlantedBench bench, Map<PlantedContender, List<Trial>> trials) {
  private static final String LINE = "%-44s %14s %14s %14s %14s %14s %9s";

  /**
   * One trained dictionary.
   *
   * @param fvu of the last batch in training
   */
  public record Trial(long seed, Recovery recovery, double fvu) {
    /** Every figure by its JSON name. */
    Map<String, Object> fields() {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("seed", seed);
      fields.putAll(recovery.directions().fields());
      fields.putAll(recovery.activations().fields());
      recovery.parents().map(ParentScores::fields).ifPresent(fields::putAll);
      fields.put("train_fvu", fvu);
      return fields;
    }
  }

  /** Reports on several settings as one JSON object. */
  public static Map<String, Object> fields(List<PlantedReport> reports, double seconds) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("settings", reports.stream().map(PlantedReport::fields).toList());
    fields.put("total_s", seconds);
    fields.put("repetitions", reports.getFirst().bench().seeds());
    fields.put("threads", reports.getFirst().bench().threads());
    fields.put("cpu", Cpu.name());
    return fields;
  }

  /** The report as JSON fields. */
  public Map<String, Object> fields() {
    TrainOptions options = bench.options();
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("setting", bench.kind().key());
    fields.putAll(bench.setting().fields());
    fields.put("latents", options.latents());
    fields.put("k", options.k());
    fields.put("tokens", options.tokens());
    fields.put("batch", options.batch());
    fields.put("eval_rows", bench.evalRows());
    fields.put("seeds", bench.seeds());
    List<Map<String, Object>> contenders = new ArrayList<>();
    trials.forEach(
        (contender, own) -> {
          Map<String, Object> of = new LinkedHashMap<>();
          of.put("contender", contender.name());
          of.put("options", contender.options(options).toMap());
          List<Map<String, Object>> bySeed = own.stream().map(Trial::fields).toList();
          of.put("mean", over(bySeed, Spread::mean));
          of.put("deviation", over(bySeed, Spread::deviation));
          of.put("by_seed", bySeed);
          contenders.add(of);
        });
    fields.put("contenders", contenders);
    return fields;
  }

  private interface Statistic {
    double of(Spread spread);
  }

  /** A statistic of every figure that is a fraction in some trial. */
  private static Map<String, Object> over(List<Map<String, Object>> bySeed, Statistic statistic) {
    Map<String, Object> all = new LinkedHashMap<>();
    for (Map.Entry<String, Object> figure : bySeed.getFirst().entrySet()) {
      if (figure.getValue() instanceof Double) {
        all.put(figure.getKey(), statistic.of(Spread.of(bySeed, figure.getKey())));
      }
    }
    return all;
  }

  /** The report for people: mean ± deviation over seeds, and the level of chance. */
  public List<String> table() {
    TrainOptions options = bench.options();
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            Locale.ROOT,
            "%s: %d features in %d dimensions, %.2f a row; %d latents, k %d; %,d rows to learn"
                + " from, %,d to measure on, %d seeds",
            bench.kind().key(),
            bench.setting().features(),
            bench.setting().width(),
            bench.setting().l0(),
            options.latents(),
            options.k(),
            options.tokens(),
            bench.evalRows(),
            bench.seeds()));
    boolean parents = first().recovery().parents().isPresent();
    lines.add(
        LINE.formatted(
                "",
                "MMCS",
                "above 0.9",
                "F1",
                parents ? "parents found" : "precision",
                parents ? "absorbed" : "recall",
                "L0")
            .stripTrailing());
    String fourth = parents ? "parents_recovered_share" : "precision";
    String fifth = parents ? "absorption_rate" : "recall";
    trials.forEach(
        (contender, own) -> {
          List<Map<String, Object>> bySeed = own.stream().map(Trial::fields).toList();
          lines.add(
              LINE.formatted(
                  contender.name(),
                  Spread.of(bySeed, "mmcs").text(),
                  Spread.of(bySeed, "recovered_share").text(),
                  Spread.of(bySeed, "f1").text(),
                  Spread.of(bySeed, fourth).text(),
                  Spread.of(bySeed, fifth).text(),
                  String.format(Locale.ROOT, "%.2f", Spread.of(bySeed, "l0").mean())));
        });
    List<Map<String, Object>> all =
        trials.values().stream().flatMap(List::stream).map(Trial::fields).toList();
    lines.add(
        LINE.formatted(
                "chance (mean of all)",
                chance(all, "mmcs"),
                chance(all, "recovered_share"),
                chance(all, "f1"),
                parents ? chance(all, fourth) : "",
                parents ? chance(all, fifth) : "",
                "")
            .stripTrailing());
    first()
        .recovery()
        .parents()
        .map(ParentScores::parents)
        .ifPresent(
            count ->
                lines.add(
                    String.format(
                        Locale.ROOT,
                        "%d parents a seed, %,.0f pairs of a parent and a row that has it with a"
                            + " child",
                        count,
                        rows())));
    return lines;
  }

  private double rows() {
    return trials.values().iterator().next().stream()
        .map(trial -> trial.recovery().parents())
        .flatMap(Optional::stream)
        .mapToLong(ParentScores::rows)
        .average()
        .orElseThrow();
  }

  private Trial first() {
    return trials.values().iterator().next().getFirst();
  }

  private static String chance(List<Map<String, Object>> trials, String figure) {
    return String.format(Locale.ROOT, "%.4f", Spread.of(trials, figure + "_chance").mean());
  }

  /**
   * A figure over seeds.
   *
   * @param deviation with n - 1; 0 of one seed
   */
  private record Spread(double mean, double deviation) {
    static Spread of(List<Map<String, Object>> trials, String figure) {
      double[] values = trials.stream().mapToDouble(t -> (Double) t.get(figure)).toArray();
      double mean = 0;
      for (double value : values) {
        mean += value / values.length;
      }
      double squares = 0;
      for (double value : values) {
        squares += (value - mean) * (value - mean);
      }
      return new Spread(mean, values.length < 2 ? 0 : Math.sqrt(squares / (values.length - 1)));
    }

    String text() {
      return String.format(Locale.ROOT, "%.3f ± %.3f", mean, deviation);
    }
  }
}
