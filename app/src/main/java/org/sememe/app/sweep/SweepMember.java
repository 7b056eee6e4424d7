package org.sememe.app.sweep;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.sememe.training.Provenance;
import org.sememe.training.RowHooks;
import org.sememe.training.TrainListener;
import org.sememe.training.TrainMember;
import org.sememe.training.TrainOptions;
import org.sememe.training.TrainingRun;

/**
 * One dictionary of a sweep.
 *
 * @param name the run's folder inside the sweep's
 * @param settings the options that the sweep varies, without the seed, as text; {@link #HOOK} and
 *     {@link #TARGET} among them where it varies hook points
 * @param seed of the weights
 * @param options every option of the run, as text
 * @param scores how it did, once it was measured
 * @param failure why it could not be trained to its end
 */
public record SweepMember(
    String name,
    Map<String, String> settings,
    long seed,
    Map<String, String> options,
    Optional<SweepScores> scores,
    Optional<String> failure) {
  /** The setting that names the hook point that is read, or several for a crosscoder. */
  public static final String HOOK = "hook";

  /** The setting that names a transcoder's target. */
  public static final String TARGET = "target";

  /** What decides how sparse a dictionary is: members that differ in it alone make one curve. */
  private static final Set<String> SPARSITY = Set.of("k", "penalty-weight");

  /** What needs no key before its value. */
  private static final Set<String> NAMED = Set.of("architecture", "recipe", HOOK);

  public SweepMember {
    if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
      throw new IllegalArgumentException("not a run's name: " + name);
    }
    settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
    options = Collections.unmodifiableMap(new LinkedHashMap<>(options));
    Objects.requireNonNull(scores, "scores");
    Objects.requireNonNull(failure, "failure");
  }

  /** A member that is still to be trained. */
  static SweepMember of(String name, Map<String, String> settings, TrainOptions options) {
    return new SweepMember(
        name, settings, options.seed(), options.toMap(), Optional.empty(), Optional.empty());
  }

  /** The hook points that settings name; empty where the sweep's own are meant. */
  public static Optional<RowHooks> hooks(Map<String, String> settings) {
    return Optional.ofNullable(settings.get(HOOK))
        .map(read -> RowHooks.of(read, Optional.ofNullable(settings.get(TARGET))));
  }

  /** Its hook points, in a sweep of these rows. */
  public RowHooks hooks(Provenance provenance) {
    return hooks(settings).orElseGet(provenance::hooks);
  }

  /** What it has for a setting of the sweep; empty for hook points that it does not name. */
  String setting(String key) {
    return settings.getOrDefault(key, options.getOrDefault(key, ""));
  }

  /** This member once it was measured. */
  public SweepMember measured(SweepScores measured) {
    return new SweepMember(name, settings, seed, options, Optional.of(measured), Optional.empty());
  }

  /** This member once it failed. */
  public SweepMember failed(String why) {
    return new SweepMember(name, settings, seed, options, Optional.empty(), Optional.of(why));
  }

  /** What members that differ in their seed alone share, in words. */
  public String recipe() {
    return words(settings);
  }

  /** What members of one curve share, in words. */
  public String series() {
    Map<String, String> fixed = new LinkedHashMap<>(settings);
    fixed.keySet().removeAll(SPARSITY);
    return fixed.isEmpty() ? options.get("architecture") : words(fixed);
  }

  private String words(Map<String, String> pairs) {
    return pairs.isEmpty()
        ? options.get("architecture") + " k=" + options.get("k")
        : pairs.entrySet().stream()
            .map(e -> NAMED.contains(e.getKey()) ? e.getValue() : e.getKey() + "=" + e.getValue())
            .collect(Collectors.joining(" "));
  }

  /**
   * The run, to be trained or gone on with.
   *
   * @param sweep the sweep's folder
   * @param provenance of all members, with the hook points of all of them
   */
  public TrainMember run(Path sweep, Provenance provenance, TrainListener listener)
      throws IOException {
    Path folder = sweep.resolve(name);
    return Files.exists(folder.resolve("run.json"))
        ? TrainMember.begun(TrainingRun.open(folder), listener)
        : new TrainMember(
            TrainingRun.create(folder, provenance.of(hooks(provenance))), trainOptions(), listener);
  }

  private TrainOptions trainOptions() {
    return TrainOptions.of(
            Integer.parseInt(options.get("latents")),
            Integer.parseInt(options.get("k")),
            Long.parseLong(options.get("tokens")))
        .with(options);
  }
}
