package org.sememe.app.stages;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.sememe.analysis.index.FeatureDetail;
import org.sememe.analysis.index.FeatureIndex;
import org.sememe.analysis.steering.Candidates;
import org.sememe.analysis.steering.SteeringMeasure;
import org.sememe.analysis.steering.SteeringPrompt;
import org.sememe.analysis.steering.Topic;
import org.sememe.analysis.steering.TopicScore;
import org.sememe.analysis.steering.Where;
import org.sememe.app.inputs.DictionaryFolder;
import org.sememe.app.inputs.SteeredModel;
import org.sememe.app.terminal.Progress;
import org.sememe.app.terminal.Terminal;
import org.sememe.app.terminal.Unit;
import org.sememe.models.generation.GenerationOptions;

/**
 * Measures how visibly features steer.
 *
 * @param terminal where progress and the table go
 */
public record SteeringMeasureStage(Terminal terminal) {
  private static final int RESAMPLES = 2_000;

  /**
   * What to measure.
   *
   * @param features latents; empty to look for some
   * @param find how many to look for, where none are named
   * @param times the clamp, in maxima
   * @param prompts texts to write on from, or messages
   * @param seeds replies of each kind to each prompt
   */
  public record Wish(
      List<Integer> features,
      int find,
      double times,
      List<String> prompts,
      boolean chat,
      int seeds,
      GenerationOptions options,
      Where where) {}

  /** Measures, prints a table, and gives the fields for scripts. */
  public Map<String, Object> run(SteeredModel steered, Wish wish) throws IOException {
    Path file = steered.folder().kept().resolve(DictionaryFolder.INDEX);
    if (!Files.exists(file)) {
      throw new NoSuchFileException(
          file.toString(), null, "no index; build it: sememe index " + steered.folder().kept());
    }
    List<int[]> prompts =
        wish.prompts().stream()
            .map(text -> new SteeringPrompt(text, wish.chat()).ids(steered.model().tokenizer()))
            .toList();
    try (FeatureIndex index = FeatureIndex.open(file)) {
      List<Integer> latents =
          wish.features().isEmpty() ? found(index, wish.find()) : wish.features();
      List<SteeringMeasure.Subject> subjects = new ArrayList<>();
      for (int latent : latents) {
        subjects.add(subject(index, latent, wish.times()));
      }
      SteeringMeasure measure =
          new SteeringMeasure(
              steered.steerer(),
              prompts,
              wish.seeds(),
              wish.options().withStopIds(steered.model().tokenizer().stopIds()),
              wish.where(),
              RESAMPLES);
      List<TopicScore> scores;
      try (Progress progress =
          terminal.progress("replies", Unit.REPLIES, measure.replies(subjects.size()))) {
        scores = measure.run(subjects, progress::update);
      }
      return told(scores, wish);
    }
  }

  private List<Integer> found(FeatureIndex index, int count) {
    try (Progress progress =
        terminal.progress("features", Unit.FEATURES, index.summary().alive())) {
      return new Candidates(index)
          .find(count, progress::update).stream().map(Candidates.Candidate::latent).toList();
    }
  }

  private static SteeringMeasure.Subject subject(FeatureIndex index, int latent, double times) {
    FeatureDetail feature =
        index
            .feature(latent)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "there is no latent "
                            + latent
                            + ": the dictionary has "
                            + index.summary().latents()));
    return new SteeringMeasure.Subject(latent, times * feature.maxActivation(), Topic.of(feature));
  }

  private Map<String, Object> told(List<TopicScore> scores, Wish wish) {
    terminal.say(
        String.format(
            Locale.ROOT,
            "share of tokens that the feature fires on, clamped to %s x its maximum",
            number(wish.times())));
    terminal.say(
        "latent  default  steered   random   steered - default   steered - random    n   words");
    for (TopicScore score : scores) {
      terminal.say(
          String.format(
              Locale.ROOT,
              "%6d  %6.2f %%  %6.2f %%  %6.2f %%   %+6.2f to %+6.2f   %+6.2f to %+6.2f  %3d   %s",
              score.latent(),
              100 * score.byDefault(),
              100 * score.steered(),
              100 * score.random(),
              100 * score.overDefault().low(),
              100 * score.overDefault().high(),
              100 * score.overRandom().low(),
              100 * score.overRandom().high(),
              score.replies(),
              String.join(" ", score.words().stream().limit(8).toList())));
    }
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("times_max", wish.times());
    fields.put("prompts", wish.prompts().size());
    fields.put("seeds", wish.seeds());
    fields.put("where", wish.where().key());
    fields.put("max_new_tokens", wish.options().maxNewTokens());
    fields.put("raised", scores.stream().filter(TopicScore::raised).count());
    fields.put("features", scores.stream().map(SteeringMeasureStage::fields).toList());
    return fields;
  }

  private static String number(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }

  private static Map<String, Object> fields(TopicScore score) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("latent", score.latent());
    fields.put("words", score.words());
    fields.put("share_default", score.byDefault());
    fields.put("share_steered", score.steered());
    fields.put("share_random", score.random());
    fields.put("over_default_interval", score.overDefault().toList());
    fields.put("over_random_interval", score.overRandom().toList());
    fields.put("raised", score.raised());
    fields.put("distinct_default", score.distinctDefault());
    fields.put("distinct_steered", score.distinctSteered());
    fields.put("replies", score.replies());
    fields.put("tokens", score.tokens());
    return fields;
  }
}
