package org.sememe.app.scale;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import java.util.stream.Collectors;
import org.sememe.app.sweep.Sweep;
import org.sememe.app.sweep.SweepMember;
import org.sememe.app.sweep.SweepScores;
import org.sememe.training.scaling.ComputeLaw;
import org.sememe.training.scaling.Envelope;
import org.sememe.training.scaling.LawFit;
import org.sememe.training.scaling.LawFitter;
import org.sememe.training.scaling.ScalingLaw;
import org.sememe.training.scaling.ScalingPoint;
import org.sememe.training.scaling.SparsityLaw;
import org.sememe.training.scaling.WidthLaw;

/**
 * What a grid of dictionaries says of scale.
 *
 * @param what model and hook point
 * @param rows held-out rows that each was measured on
 * @param points every dictionary that was measured
 * @param size L(n, k), or L(n) where all have one k, over those with the most tokens; empty where
 *     they are too few
 * @param envelopes the best for each compute, by k
 * @param compute L(C) over an envelope, by k; those with too few points are left out
 */
public record ScaleReport(
    String what,
    long rows,
    List<ScalingPoint> points,
    Optional<LawFit> size,
    SequencedMap<Integer, Envelope> envelopes,
    SequencedMap<Integer, LawFit> compute) {
  private static final int RESAMPLES = 500;

  /**
   * Fits the laws.
   *
   * @param sweep trained and measured
   * @param width d of the hook point
   */
  public static ScaleReport of(Sweep sweep, int width) {
    List<ScalingPoint> points =
        sweep.members().stream()
            .filter(member -> member.scores().isPresent())
            .map(member -> point(member, width))
            .toList();
    LawFitter fitter = new LawFitter(RESAMPLES, sweep.members().getFirst().seed());
    SequencedMap<Integer, Envelope> envelopes = new LinkedHashMap<>();
    SequencedMap<Integer, LawFit> compute = new LinkedHashMap<>();
    for (int k : sparsities(points)) {
      Envelope envelope =
          Envelope.of(points.stream().filter(point -> point.sparsity() == k).toList());
      envelopes.put(k, envelope);
      fitter.fit(new ComputeLaw(), envelope.points()).ifPresent(fit -> compute.put(k, fit));
    }
    ScalingLaw law = envelopes.size() > 1 ? new SparsityLaw() : new WidthLaw();
    return new ScaleReport(
        sweep.provenance().model() + ", " + sweep.provenance().hook(),
        sweep.members().stream()
            .flatMap(member -> member.scores().stream())
            .mapToLong(SweepScores::rows)
            .min()
            .orElse(0),
        points,
        fitter.fit(law, longest(points)),
        envelopes,
        compute);
  }

  private static ScalingPoint point(SweepMember member, int width) {
    long latents = Long.parseLong(member.options().get("latents"));
    long tokens = Long.parseLong(member.options().get("tokens"));
    return new ScalingPoint(
        member.name(),
        latents,
        Integer.parseInt(member.options().get("k")),
        tokens,
        ScalingPoint.denseCompute(tokens, latents, width),
        member.scores().orElseThrow().fvu());
  }

  private static List<Integer> sparsities(List<ScalingPoint> points) {
    return points.stream().map(point -> (int) point.sparsity()).distinct().sorted().toList();
  }

  /** Those trained on the most tokens of their width and sparsity: nearest to convergence. */
  private static List<ScalingPoint> longest(List<ScalingPoint> points) {
    Map<List<Double>, Long> most =
        points.stream()
            .collect(
                Collectors.toMap(
                    ScaleReport::size, ScalingPoint::tokens, Math::max, LinkedHashMap::new));
    return points.stream()
        .filter(point -> point.tokens() == most.get(size(point)))
        .sorted(
            Comparator.comparingDouble(ScalingPoint::sparsity)
                .thenComparingLong(ScalingPoint::latents))
        .toList();
  }

  private static List<Double> size(ScalingPoint point) {
    return List.of((double) point.latents(), point.sparsity());
  }

  /** The k of the grid, ascending. */
  public List<Integer> sparsities() {
    return List.copyOf(envelopes.sequencedKeySet());
  }

  /** The report for a JSON file. */
  public Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("what", what);
    fields.put("eval_tokens", rows);
    fields.put("compute", "12 n d FLOP a token, as of dense training");
    fields.put("points", points.stream().map(ScaleReport::fields).toList());
    size.ifPresent(fit -> fields.put("size_law", fields(fit)));
    List<Map<String, Object>> byK = new ArrayList<>();
    envelopes.forEach(
        (k, envelope) -> {
          Map<String, Object> own = new LinkedHashMap<>();
          own.put("k", k);
          own.put("points", envelope.points().stream().map(ScalingPoint::name).toList());
          put(own, "width_exponent", envelope.widthExponent());
          put(own, "tokens_exponent", envelope.tokensExponent());
          if (compute.containsKey(k)) {
            own.put("law", fields(compute.get(k)));
          }
          byK.add(own);
        });
    fields.put("envelopes", byK);
    return fields;
  }

  private static Map<String, Object> fields(ScalingPoint point) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("name", point.name());
    fields.put("latents", point.latents());
    fields.put("k", (int) point.sparsity());
    fields.put("tokens", point.tokens());
    fields.put("flop", point.compute());
    fields.put("fvu", point.loss());
    return fields;
  }

  private static Map<String, Object> fields(LawFit fit) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("formula", fit.law().formula());
    fields.put("points", fit.points().size());
    Map<String, Object> parameters = new LinkedHashMap<>();
    for (int i = 0; i < fit.parameters().size(); i++) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("value", fit.parameters().get(i));
      one.put("interval", fit.intervals().get(i));
      parameters.put(fit.law().names().get(i), one);
    }
    fields.put("parameters", parameters);
    fields.put("error", fit.error());
    put(fields, "leave_one_out_error", fit.leaveOneOut());
    put(fields, "extrapolation_error", fit.extrapolation());
    return fields;
  }

  private static void put(Map<String, Object> fields, String name, OptionalDouble value) {
    value.ifPresent(v -> fields.put(name, v));
  }
}
