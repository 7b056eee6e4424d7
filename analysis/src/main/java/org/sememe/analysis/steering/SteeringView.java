package org.sememe.analysis.steering;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import org.sememe.analysis.index.FeatureIndex;
import org.sememe.models.generation.Generation;

/**
 * Steers with the maxima and means of an index. One thread at a time; the steerer and the index
 * stay the caller's.
 */
public final class SteeringView implements SteeringSource {
  private static final int MOST_PROMPT = 1_024;

  private final Steerer steerer;
  private final FeatureIndex index;
  private final String model;
  private final String dictionary;

  /**
   * A view.
   *
   * @param model what a file calls the model
   * @param dictionary what a file calls the dictionary
   */
  public SteeringView(Steerer steerer, FeatureIndex index, String model, String dictionary) {
    this.steerer = steerer;
    this.index = index;
    this.model = model;
    this.dictionary = dictionary;
  }

  /** The maxima and means of some latents, those that the index does not have left out. */
  public static Map<Integer, ActivationScale> scales(FeatureIndex index, List<Integer> latents) {
    Map<Integer, ActivationScale> scales = new HashMap<>();
    index
        .rows(latents)
        .forEach(
            (latent, row) ->
                scales.put(latent, new ActivationScale(row.maxActivation(), row.meanActivation())));
    return scales;
  }

  /** What each steer amounts to, for people. */
  public static List<Turned> turned(Steering steering) {
    return steering.steers().stream().map(steer -> turned(steer, steering)).toList();
  }

  private static Turned turned(Steer steer, Steering steering) {
    double raw = steering.raw(steer);
    ActivationScale scale = steering.scales().get(steer.latent());
    boolean known = scale != null && steer.mode().hasUnit();
    return new Turned(
        steer.latent(),
        steer.mode().key(),
        raw,
        known && scale.max() > 0 ? OptionalDouble.of(raw / scale.max()) : OptionalDouble.empty(),
        known && scale.mean() > 0 ? OptionalDouble.of(raw / scale.mean()) : OptionalDouble.empty());
  }

  @Override
  public Steering complete(Steering steering) {
    int latents = steerer.sae().config().latents();
    for (Steer steer : steering.steers()) {
      if (steer.latent() >= latents) {
        throw new IllegalArgumentException(
            "there is no latent " + steer.latent() + ": the dictionary has " + latents);
      }
    }
    Steering whole =
        steering
            .withScales(scales(index, steering.steers().stream().map(Steer::latent).toList()))
            .naming(model, dictionary, steerer.sae().config().hook());
    whole.steers().forEach(whole::raw); // refuses what cannot be told in activations
    return whole;
  }

  @Override
  public void steer(SteeringRequest request, Listener listener) {
    Steering steering = complete(request.steering());
    int[] prompt = request.prompt().ids(steerer.tokenizer());
    if (prompt.length > MOST_PROMPT) {
      throw new IllegalArgumentException(
          "the prompt has " + prompt.length + " tokens; at most " + MOST_PROMPT + " here");
    }
    if (prompt.length >= steerer.model().info().contextLength()) {
      throw new IllegalArgumentException(
          "the prompt has "
              + prompt.length
              + " tokens, and the model's context is "
              + steerer.model().info().contextLength());
    }
    listener.started(new Started(prompt.length, turned(steering)));
    SideBySide.Result result =
        SideBySide.run(
            steerer, prompt, request.options(steerer.tokenizer().stopIds()), steering, listener);
    listener.finished(
        new Outcome(
            written(result.before()),
            written(result.after()),
            result.shift(),
            result.difference()));
  }

  private static Written written(Generation reply) {
    return new Written(reply.ids().length, reply.end().name().toLowerCase(Locale.ROOT));
  }
}
