package org.sememe.analysis.steering;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A whole steering: which features are turned how far, in which dictionary, and where. {@link
 * SteeringFile} keeps it, {@link Steerer} does it. Unmodifiable.
 *
 * @param model the model, as a MODEL argument names it; empty if it does not say
 * @param dictionary the dictionary, as a DICT argument names it; empty if it does not say
 * @param hook hook point that is edited; empty for the dictionary's own
 * @param steers what is done; no latent twice
 * @param scales maxima and means of latents, by latent: needed for those with strengths in them
 * @param where which tokens feel it
 * @param sinks whether also the tokens that the dictionary was not trained on feel it: the first
 *     position, special tokens, and rows whose norm is that of an attention sink. Left alone
 *     otherwise
 */
public record Steering(
    String model,
    String dictionary,
    String hook,
    List<Steer> steers,
    Map<Integer, ActivationScale> scales,
    Where where,
    boolean sinks) {
  /** Checks that no latent is steered twice. */
  public Steering {
    steers = List.copyOf(steers);
    scales = Map.copyOf(scales);
    Set<Integer> seen = new HashSet<>();
    for (Steer steer : steers) {
      if (!seen.add(steer.latent())) {
        throw new IllegalArgumentException(
            "latent " + steer.latent() + " is steered twice: give it once");
      }
    }
  }

  /** These steers on all tokens but sinks, of a dictionary and model that are at hand. */
  public static Steering of(List<Steer> steers) {
    return new Steering("", "", "", steers, Map.of(), Where.BOTH, false);
  }

  /** The same with scales for latents that have none yet. */
  public Steering withScales(Map<Integer, ActivationScale> more) {
    Map<Integer, ActivationScale> all = new LinkedHashMap<>(more);
    all.putAll(scales);
    return new Steering(model, dictionary, hook, steers, all, where, sinks);
  }

  /** The same felt elsewhere. */
  public Steering at(Where place, boolean sinksToo) {
    return new Steering(model, dictionary, hook, steers, scales, place, sinksToo);
  }

  /** The same for a model, a dictionary and its hook point. */
  public Steering naming(String itsModel, String itsDictionary, String itsHook) {
    return new Steering(itsModel, itsDictionary, itsHook, steers, scales, where, sinks);
  }

  /**
   * A steer's strength in activations (of {@code SCALE} and {@code ORTHOGONAL}: the factor).
   *
   * @throws IllegalArgumentException if its unit is not known, or the latent never fired
   */
  public double raw(Steer steer) {
    if (steer.unit() == Steer.Unit.RAW) {
      return steer.strength();
    }
    ActivationScale scale = scales.get(steer.latent());
    double unit = scale == null ? 0 : steer.unit() == Steer.Unit.MAX ? scale.max() : scale.mean();
    if (unit == 0) {
      throw new IllegalArgumentException(
          "latent "
              + steer.latent()
              + ": its "
              + (steer.unit() == Steer.Unit.MAX ? "maximum" : "mean")
              + (scale == null
                  ? " is not known; index the dictionary, or"
                  : " is 0, as it never fired on the indexed text;")
              + " give the strength as an activation, such as "
              + steer.latent()
              + "=10raw");
    }
    return steer.strength() * unit;
  }
}
