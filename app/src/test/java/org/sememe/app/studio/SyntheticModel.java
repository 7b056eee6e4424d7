package org.sememe.app.studio;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.sememe.analysis.index.FeatureDetail;
import org.sememe.analysis.index.FeatureExample;
import org.sememe.analysis.prompt.PromptAnalysis;
import org.sememe.analysis.steering.Ablation;
import org.sememe.analysis.steering.ActivationScale;
import org.sememe.analysis.steering.Difference;
import org.sememe.analysis.steering.LossEffects;
import org.sememe.analysis.steering.Shift;
import org.sememe.analysis.steering.SideBySide.Column;
import org.sememe.analysis.steering.Steer;
import org.sememe.analysis.steering.Steering;
import org.sememe.analysis.steering.SteeringRequest;

/**
 * A made-up model over the made-up dictionary: by default it says its prompt again and again; of a
 * steered feature it says the tokens, instead of every other one. Each token takes a moment.
 */
record SyntheticModel(SyntheticFeatures features, long pauseMillis) implements StudioModel {
  /** A prompt on which it fails in the midst of its replies. */
  static final String FAILING = "fail";

  SyntheticModel(SyntheticFeatures features) {
    this(features, 1);
  }

  @Override
  public PromptAnalysis analyse(String text) {
    return features.analyse(text);
  }

  @Override
  public Ablation ablateExample(int latent, int example) {
    FeatureExample shown =
        features.feature(latent).orElseThrow().examples().stream()
            .filter(e -> e.id() == example)
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("no example " + example));
    List<Double> activations = new ArrayList<>();
    for (float activation : shown.activations()) {
      activations.add((double) activation);
    }
    return made(latent, shown.tokens(), activations);
  }

  @Override
  public Ablation ablateText(int latent, String text) {
    PromptAnalysis seen = features.analyse(text);
    return made(
        latent,
        seen.tokens().stream().map(PromptAnalysis.Token::text).toList(),
        seen.tokens().stream()
            .map(
                token ->
                    token.features().stream()
                        .filter(f -> f.latent() == latent)
                        .mapToDouble(PromptAnalysis.Active::activation)
                        .findFirst()
                        .orElse(0))
            .toList());
  }

  /** A feature halves or doubles what comes next, by the place; the last token has no next. */
  private static Ablation made(int latent, List<String> texts, List<Double> activations) {
    List<Ablation.Token> tokens = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      double after = i % 3 == 0 ? 0.4 : 0.1;
      Optional<Ablation.Next> next =
          i + 1 < texts.size()
              ? Optional.of(new Ablation.Next(texts.get(i + 1), 0.2, after, Math.log(0.2 / after)))
              : Optional.empty();
      tokens.add(
          new Ablation.Token(
              texts.get(i),
              activations.get(i),
              activations.get(i) > 0
                  ? Optional.of(
                      new Ablation.Effect(
                          next,
                          List.of(new Ablation.Change(SyntheticText.MARKUP, 0.01, 0.06)),
                          List.of(new Ablation.Change(" bay", 0.2, after))))
                  : Optional.empty()));
    }
    int active = (int) activations.stream().filter(a -> a > 0).count();
    return new Ablation(latent, false, tokens, active, active);
  }

  /** The less a feature is active, the more it helps; every other feature hurts. */
  @Override
  public LossEffects lossEffects(String text) {
    List<List<LossEffects.Effect>> tokens = new ArrayList<>();
    int measured = 0;
    for (PromptAnalysis.Token token : features.analyse(text).tokens()) {
      List<LossEffects.Effect> effects = new ArrayList<>();
      for (PromptAnalysis.Active active : token.features()) {
        double sign = active.latent() % 2 == 0 ? 1 : -1;
        effects.add(new LossEffects.Effect(active.latent(), sign / (1 + active.activation())));
      }
      measured += effects.size();
      tokens.add(effects);
    }
    return new LossEffects(false, tokens, measured, measured);
  }

  @Override
  public Steering complete(Steering steering) {
    Map<Integer, ActivationScale> scales = new HashMap<>();
    for (Steer steer : steering.steers()) {
      FeatureDetail feature =
          features
              .feature(steer.latent())
              .orElseThrow(
                  () -> new IllegalArgumentException("there is no latent " + steer.latent()));
      scales.put(
          steer.latent(), new ActivationScale(feature.maxActivation(), feature.meanActivation()));
    }
    Steering whole =
        steering.withScales(scales).naming("made-up", "made-up", "blocks.0.hook_resid_post");
    whole.steers().forEach(whole::raw);
    return whole;
  }

  @Override
  public void steer(SteeringRequest request, Listener listener) {
    Steering steering = complete(request.steering());
    List<String> words = List.of(request.prompt().text().split("(?= )"));
    listener.started(
        new Started(
            words.size(),
            steering.steers().stream()
                .map(
                    s ->
                        new Turned(
                            s.latent(),
                            s.mode().key(),
                            steering.raw(s),
                            OptionalDouble.empty(),
                            OptionalDouble.empty()))
                .toList()));
    List<Integer> changed = new ArrayList<>();
    for (int i = 0; i < request.maxNewTokens(); i++) {
      String plain = words.get(i % words.size());
      String steered = plain;
      if (!steering.steers().isEmpty() && i % 2 == 1) {
        int latent = steering.steers().get(i / 2 % steering.steers().size()).latent();
        steered = said(latent);
        changed.add(i);
      }
      listener.token(Column.DEFAULT, i, plain);
      listener.token(Column.STEERED, i, steered);
      if (i == 3 && request.prompt().text().equals(FAILING)) {
        throw new IllegalStateException("the made-up model broke");
      }
      pause();
    }
    listener.finished(
        new Outcome(
            new Written(request.maxNewTokens(), "length"),
            new Written(request.maxNewTokens(), "length"),
            new Shift(1.25, changed.size(), request.maxNewTokens()),
            new Difference(changed, changed)));
  }

  /** A dead latent has no tokens; it is called by its number. */
  private String said(int latent) {
    return features.feature(latent).orElseThrow().topTokens().stream()
        .findFirst()
        .orElse(" " + latent);
  }

  private void pause() {
    try {
      Thread.sleep(pauseMillis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {}
}
