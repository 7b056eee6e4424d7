package org.sememe.training.autograd;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import java.util.OptionalDouble;
import org.sememe.sae.objective.DictionaryLearningCases;
import org.sememe.sae.objective.SaeLensCases;
import org.sememe.sae.objective.SparsifyCases;
import org.sememe.training.optimiser.Course;
import org.sememe.training.optimiser.DecoderConstraint;
import org.sememe.training.optimiser.DecoderConstraint.Normalisation;
import org.sememe.training.optimiser.DecoderConstraint.Projection;
import org.sememe.training.optimiser.LearningRate;
import org.sememe.training.optimiser.OptimiserChoice;
import org.sememe.training.optimiser.RateCourse;
import org.sememe.training.optimiser.WarmUp;

/** The libraries' trainers as rules of ours. */
final class Settings {
  private static final OptimiserChoice WITHOUT_FIRST = new OptimiserChoice.Adam(0, 0.999, 1e-8);

  private Settings() {}

  static Setting of(StepCase given) {
    return switch (given.expected().path("library").asText()) {
      case "dictionary-learning" -> dictionaryLearning(given);
      case "sae-lens" -> saeLens(given);
      case "eai-sparsify" -> sparsify(given);
      default -> throw new AssertionError("unknown library in " + given.folder());
    };
  }

  private static Setting dictionaryLearning(StepCase given) {
    JsonNode expected = given.expected();
    JsonNode config = given.config();
    String trainer = expected.path("trainer").asText();
    boolean topK = trainer.contains("TopK");
    boolean jump = trainer.startsWith("JumpRelu");
    boolean april = trainer.endsWith("AprilUpdate");
    DecoderConstraint constraint =
        april
            ? new DecoderConstraint.Free()
            : new DecoderConstraint.UnitNorm(
                topK || jump ? Projection.BEFORE_CLIPPING : Projection.AFTER_CLIPPING,
                Normalisation.AFTER_UPDATE);
    long resample = config.path("resample_steps").asLong();
    SilenceRule dead =
        resample > 0
            ? new SilenceRule(
                SilenceRule.Unit.BATCHES, Long.MAX_VALUE >> 16, false, SilenceRule.Fired.ACTIVE)
            : new SilenceRule(
                SilenceRule.Unit.ROWS,
                expected.path("dead_feature_threshold").asLong(1L << 40),
                true,
                SilenceRule.Fired.ACTIVE);
    Optional<ThresholdRule> threshold =
        topK
            ? Optional.of(
                ThresholdRule.dictionaryLearning(
                    config.path("threshold_beta").asDouble(),
                    config.path("threshold_start_step").asLong(),
                    trainer.equals("TopKTrainer")))
            : Optional.empty();
    long steps = config.path("steps").asLong(given.expected().path("total_steps").asLong());
    long decayStart = expected.path("decay_start").asLong(-1);
    if (steps == 0) {
      steps = given.steps() + 1L; // its configuration does not say
    }
    RateCourse course =
        RateCourse.linear(
            steps, expected.path("warmup_steps").asLong(), decayStart < 0 ? 0 : steps - decayStart);
    if (resample > 0) {
      course = course.repeatingWarmUp(resample);
    }
    double rate =
        topK && given.expected().path("given").path("lr").isNull()
            ? LearningRate.forAdam(config.path("dict_size").asInt())
            : config.path("lr").asDouble();
    return new Setting(
        DictionaryLearningCases::of,
        new StepRules(
            constraint,
            april || topK || jump ? OptionalDouble.of(1) : OptionalDouble.empty(),
            false,
            dead,
            threshold),
        jump || trainer.startsWith("Gated") ? WITHOUT_FIRST : OptimiserChoice.Adam.usual(),
        rate,
        rate,
        course,
        course,
        WarmUp.fromZero(expected.path("sparsity_warmup_steps").asLong()),
        topK ? Setting.Centre.MEDIAN : Setting.Centre.KEPT,
        false,
        1);
  }

  private static Setting saeLens(StepCase given) {
    JsonNode config = given.config();
    JsonNode trainer = given.trainer();
    long steps =
        trainer.path("total_training_samples").asLong()
            / trainer.path("train_batch_size_samples").asLong();
    long warmUp = trainer.path("lr_warm_up_steps").asLong();
    long decay = trainer.path("lr_decay_steps").asLong();
    double rate = trainer.path("lr").asDouble();
    double end = trainer.path("lr_end").asDouble() / rate;
    long between = steps - warmUp - decay;
    Course main =
        switch (trainer.path("lr_scheduler_name").asText()) {
          case "constant" -> new Course.Constant();
          case "cosineannealing" -> new Course.Cosine(between, end);
          case "cosineannealingwarmrestarts" ->
              new Course.CosineRestarts(between / trainer.path("n_restart_cycles").asLong(1), end);
          default -> throw new AssertionError("unknown scheduler in " + given.folder());
        };
    RateCourse course = RateCourse.saeLens(steps, warmUp, main, decay);
    JsonNode l1 = config.path("l1_warm_up_steps");
    JsonNode l0 = config.path("l0_warm_up_steps");
    return new Setting(
        SaeLensCases::of,
        new StepRules(
            new DecoderConstraint.Free(),
            OptionalDouble.of(1),
            true,
            new SilenceRule(
                SilenceRule.Unit.BATCHES,
                trainer.path("dead_feature_window").asLong() + 1,
                false,
                SilenceRule.Fired.ACTIVE),
            config.has("topk_threshold_lr")
                ? Optional.of(ThresholdRule.saeLens(config.path("topk_threshold_lr").asDouble()))
                : Optional.empty()),
        OptimiserChoice.Adam.usual(),
        rate,
        rate,
        course,
        course,
        WarmUp.fromZero(l1.isMissingNode() ? l0.asLong() : l1.asLong()),
        Setting.Centre.KEPT,
        false,
        1);
  }

  private static Setting sparsify(StepCase given) {
    JsonNode config = given.config();
    JsonNode trainer = given.trainer();
    boolean transcodes = config.path("transcode").asBoolean();
    int latents = config.path("num_latents").asInt();
    String optimiser = trainer.path("optimizer").asText();
    long steps = given.steps();
    long warmUp = trainer.path("lr_warmup_steps").asLong();
    RateCourse falling = RateCourse.linear(steps, 0, steps);
    RateCourse flat = RateCourse.linear(steps, 0, 0);
    boolean signum = optimiser.equals("signum");
    RateCourse warm =
        signum
            ? flat
            : RateCourse.linear(steps, Math.min(warmUp, steps), Math.max(0, steps - warmUp));
    JsonNode named = trainer.path("lr");
    double automatic = signum ? LearningRate.forSignum(latents) : LearningRate.forAdam(latents);
    double rate = named.isNumber() ? named.asDouble() : automatic;
    boolean muon = optimiser.equals("muon");
    return new Setting(
        SparsifyCases::of,
        new StepRules(
            transcodes
                ? new DecoderConstraint.Free()
                : new DecoderConstraint.UnitNorm(
                    Projection.BEFORE_CLIPPING, Normalisation.BEFORE_LOSS),
            OptionalDouble.empty(),
            false,
            new SilenceRule(
                SilenceRule.Unit.ROWS,
                trainer.path("dead_feature_threshold").asLong() + 1,
                false,
                SilenceRule.Fired.CHOSEN),
            Optional.empty()),
        signum
            ? OptimiserChoice.Signum.usual()
            : muon ? OptimiserChoice.Muon.usual() : OptimiserChoice.Adam.usual(),
        rate,
        rate,
        muon ? falling : warm,
        warm,
        WarmUp.none(),
        Setting.Centre.MEAN,
        transcodes,
        trainer.path("micro_acc_steps").asInt(1));
  }
}
