package org.sememe.analysis.index;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * What the dictionary is and what it was indexed on.
 *
 * @param model the model's name
 * @param hook hook point whose activations the dictionary encodes
 * @param width d
 * @param latents F
 * @param k active latents a token, if the dictionary fixes it
 * @param tokens tokens indexed: the sample of every density and maximum
 * @param contexts contexts they come from, 0 if not known
 * @param alive latents active on at least one indexed token
 * @param densityHistogram alive latents by density
 * @param normRange smallest and largest encoder norm, if the index has norms
 * @param metrics how good the dictionary is, if it was evaluated
 * @param prompt whether a text can be run
 */
public record DictionarySummary(
    String model,
    String hook,
    int width,
    int latents,
    OptionalInt k,
    long tokens,
    long contexts,
    int alive,
    DensityHistogram densityHistogram,
    Optional<List<Double>> normRange,
    List<Metric> metrics,
    boolean prompt) {

  /**
   * Counts of latents in equal-width bins of log10 density.
   *
   * @param low log10 of the density where the first bin begins
   * @param high log10 of the density where the last bin ends
   */
  public record DensityHistogram(double low, double high, List<Long> counts) {}

  /**
   * A measured number with its sample.
   *
   * @param name DESIGN's name: {@code fve}, {@code l0}, {@code ce_recovered}, {@code cosine},
   *     {@code kl}
   * @param low lower end of its 95 % interval, if there is one
   * @param high upper end of it
   * @param sample how many units it was measured on
   * @param unit what was counted, in the plural
   */
  public record Metric(
      String name,
      double value,
      OptionalDouble low,
      OptionalDouble high,
      long sample,
      String unit) {}

  /** The same with the evaluation's metrics, and with prompts possible or not. */
  public DictionarySummary with(List<Metric> measured, boolean promptPossible) {
    return new DictionarySummary(
        model,
        hook,
        width,
        latents,
        k,
        tokens,
        contexts,
        alive,
        densityHistogram,
        normRange,
        List.copyOf(measured),
        promptPossible);
  }
}
