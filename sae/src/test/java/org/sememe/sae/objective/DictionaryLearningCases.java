package org.sememe.sae.objective;

import static org.sememe.sae.objective.Translation.plain;
import static org.sememe.sae.objective.Translation.weighted;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.sememe.sae.design.Activation;
import org.sememe.sae.design.BiasUse;
import org.sememe.sae.design.DeadLatents;
import org.sememe.sae.design.Design;
import org.sememe.sae.design.Normalisation;
import org.sememe.sae.design.Penalty;
import org.sememe.sae.design.Reconstruction;
import org.sememe.sae.design.WeightedPenalty;

/** dictionary_learning's trainers as designs. */
public final class DictionaryLearningCases {
  private final ForwardCase given;
  private final JsonNode config;
  private final Map<String, ToDoubleFunction<Evaluation>> losses = new HashMap<>();
  private final Map<String, Function<Evaluation, Tensor>> seen = new HashMap<>();
  private final Map<String, Function<Evaluation, Tensor>> after = new HashMap<>();
  private Situation situation = Situation.plain();

  private DictionaryLearningCases(ForwardCase given) {
    this.given = given;
    this.config = given.config();
  }

  public static Translation of(ForwardCase given) {
    return new DictionaryLearningCases(given).translate();
  }

  private Translation translate() {
    seen.put("feature_acts", Evaluation::activations);
    seen.put("reconstruction", Evaluation::reconstruction);
    JsonNode warmUp = config.path("sparsity_warmup_steps");
    if (warmUp.asDouble() > 0) {
      situation =
          situation.withPenaltyScale(
              Math.min(given.expected().path("step").asDouble() / warmUp.asDouble(), 1));
    }
    String trainer = given.expected().path("trainer").asText();
    Design design =
        switch (trainer) {
          case "StandardTrainer" -> standard(0, BiasUse.CENTRES);
          case "StandardTrainerAprilUpdate" -> aprilUpdate();
          case "GatedSAETrainer" -> gated(new Penalty.L1(), config.path("l1_penalty").asDouble());
          case "PAnnealTrainer" -> annealed();
          case "GatedAnnealTrainer" -> gatedAnnealed();
          case "TopKTrainer" -> topK(new Activation.TopK(config.path("k").asInt()));
          case "BatchTopKTrainer" -> topK(new Activation.BatchTopK(config.path("k").asDouble()));
          case "MatryoshkaBatchTopKTrainer" -> matryoshka();
          case "JumpReluTrainer" -> jumpRelu();
          default -> throw new AssertionError("unknown trainer " + trainer);
        };
    return new Translation(design, situation, losses, seen, after, Set.of());
  }

  private Design standard(int decoderPower, BiasUse bias) {
    losses.put(
        "l2_loss",
        evaluation ->
            given
                .target()
                .sub(evaluation.reconstruction().detach())
                .square()
                .sum(1)
                .sqrt()
                .mean()
                .item_double());
    losses.put("mse_loss", plain("error"));
    losses.put("sparsity_loss", plain("penalty_0"));
    return Design.of(new Activation.Relu())
        .withBias(bias)
        .withPenalties(
            List.of(
                new WeightedPenalty(
                    new Penalty.L1(), config.path("l1_penalty").asDouble(), decoderPower)));
  }

  /** Its newer dictionary multiplies the activations by the norms, and its trainer once more. */
  private Design aprilUpdate() {
    boolean newer = given.expected().path("architecture").asText().equals("AutoEncoderNew");
    if (newer) {
      Tensor squares = given.parameters().get(ParameterNames.W_DEC).square().sum(1);
      seen.put("feature_acts", evaluation -> evaluation.activations().mul(squares.sqrt()));
    }
    return standard(newer ? 2 : 1, newer ? BiasUse.OUTPUT : BiasUse.CENTRES);
  }

  private Design gated(Penalty penalty, double weight) {
    losses.put("mse_loss", plain("error"));
    losses.put("sparsity_loss", plain("penalty_0"));
    losses.put("aux_loss", plain("gate"));
    return Design.of(new Activation.Gated())
        .withPenalties(List.of(new WeightedPenalty(penalty, weight, 0)));
  }

  /** In force before the step; p starts at 1 where nothing is said. */
  private Penalty annealedPenalty() {
    double p = given.expected().path("before").path("p").asDouble(1);
    return config.path("sparsity_function").asText().equals("Lp")
        ? new Penalty.PNorm(p)
        : new Penalty.PowerSum(p);
  }

  private double annealedWeight() {
    double start = config.path("initial_sparsity_penalty").asDouble();
    return given.expected().path("before").path("sparsity_coeff").asDouble(start);
  }

  private Design annealed() {
    losses.put("lp_loss", plain("penalty_0"));
    losses.put("scaled_lp_loss", weighted("penalty_0"));
    return Design.of(new Activation.Relu())
        .withPenalties(List.of(new WeightedPenalty(annealedPenalty(), annealedWeight(), 0)));
  }

  private Design gatedAnnealed() {
    Design design = gated(annealedPenalty(), annealedWeight());
    losses.put("lp_loss", plain("penalty_0"));
    losses.put("sparsity_loss", weighted("penalty_0"));
    return design;
  }

  private Design topK(Activation activation) {
    losses.put("l2_loss", plain("error"));
    losses.put("auxk_loss", plain("dead"));
    after.put("threshold", evaluation -> threshold(activation, evaluation));
    Tensor silent = sinceFired(given.x().size(0));
    double threshold = config.path("dead_feature_threshold").asDouble();
    situation = situation.withDead(silent.ge(new Scalar(threshold)));
    return Design.of(activation)
        .withDead(
            new DeadLatents(
                config.path("auxk_alpha").asDouble(),
                given.width() / 2,
                DeadLatents.Strength.POSITIVE,
                Normalisation.ERROR_VARIANCE,
                false,
                true,
                false));
  }

  /** It is set once its first step has come, and a running mean from then on. */
  private Tensor threshold(Activation activation, Evaluation evaluation) {
    Tensor before = given.tensor("state.threshold");
    if (given.expected().path("step").asInt() <= config.path("threshold_start_step").asInt()) {
      return before;
    }
    Tensor least = least(activation, evaluation.activations().detach());
    if (before.item_double() < 0) {
      return least;
    }
    double beta = config.path("threshold_beta").asDouble();
    return before.mul(new Scalar(beta)).add(least.mul(new Scalar(1 - beta)));
  }

  /**
   * The least activation of the batch, or where latents are chosen by row, the rows' mean of it.
   */
  private static Tensor least(Activation activation, Tensor activations) {
    Tensor active = activations.gt(new Scalar(0.0));
    Tensor others = torch.full_like(activations, new Scalar(Double.POSITIVE_INFINITY));
    Tensor byRow = torch.where(active, activations, others).amin(new long[] {1}, false);
    return activation instanceof Activation.TopK ? byRow.mean() : byRow.min();
  }

  private Tensor sinceFired(long rows) {
    Tensor silent = given.tensor("state.num_tokens_since_fired").add(new Scalar((double) rows));
    after.put("num_tokens_since_fired", evaluation -> silent.mul(evaluation.fired().logical_not()));
    return silent;
  }

  private Design matryoshka() {
    JsonNode sizes = config.path("group_sizes");
    List<Reconstruction> levels = new ArrayList<>();
    List<String> terms = new ArrayList<>();
    int end = 0;
    for (int group = 0; group < sizes.size(); group++) {
      end += sizes.get(group).asInt();
      double weight = config.path("group_weights").get(group).asDouble() / sizes.size();
      boolean last = group + 1 == sizes.size();
      levels.add(last ? new Reconstruction.Whole(weight) : new Reconstruction.Prefix(end, weight));
      terms.add(last ? "error" : "error_prefix_" + end);
    }
    Design design =
        topK(new Activation.BatchTopK(config.path("k").asDouble())).withReconstructions(levels);
    Function<Evaluation, DoubleStream> each =
        evaluation -> terms.stream().mapToDouble(term -> weighted(term).applyAsDouble(evaluation));
    losses.put("l2_loss", evaluation -> each.apply(evaluation).sum());
    losses.put(
        "min_l2_loss", evaluation -> each.apply(evaluation).min().orElseThrow() * sizes.size());
    losses.put(
        "max_l2_loss", evaluation -> each.apply(evaluation).max().orElseThrow() * sizes.size());
    return design;
  }

  private Design jumpRelu() {
    losses.put("l2_loss", plain("error"));
    sinceFired(given.x().size(0));
    return Design.of(
            new Activation.JumpRelu(
                config.path("bandwidth").asDouble(), Activation.StraightThrough.THRESHOLDS))
        .withBias(BiasUse.OUTPUT)
        .withPenalties(
            List.of(
                new WeightedPenalty(
                    new Penalty.TargetL0(config.path("target_l0").asDouble()),
                    config.path("sparsity_penalty").asDouble(),
                    0)));
  }
}
