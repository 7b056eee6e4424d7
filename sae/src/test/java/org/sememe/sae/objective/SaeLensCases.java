package org.sememe.sae.objective;

import static org.sememe.sae.objective.Translation.plain;
import static org.sememe.sae.objective.Translation.weighted;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.sememe.sae.design.Activation;
import org.sememe.sae.design.BiasUse;
import org.sememe.sae.design.DeadLatents;
import org.sememe.sae.design.Design;
import org.sememe.sae.design.GateTraining;
import org.sememe.sae.design.InputNorm;
import org.sememe.sae.design.Normalisation;
import org.sememe.sae.design.Penalty;
import org.sememe.sae.design.Reconstruction;
import org.sememe.sae.design.WeightedPenalty;

/** SAELens' training SAEs as designs. */
public final class SaeLensCases {
  private final ForwardCase given;
  private final JsonNode config;
  private final JsonNode coefficients;
  private final Map<String, ToDoubleFunction<Evaluation>> losses = new HashMap<>();
  private final Map<String, Function<Evaluation, Tensor>> seen = new HashMap<>();
  private final Map<String, Function<Evaluation, Tensor>> after = new HashMap<>();
  private final Set<String> fillers = new HashSet<>();

  private SaeLensCases(ForwardCase given) {
    this.given = given;
    this.config = given.config();
    this.coefficients = given.expected().path("coefficients");
  }

  public static Translation of(ForwardCase given) {
    return new SaeLensCases(given).translate();
  }

  private Translation translate() {
    losses.put("mse_loss", plain("error"));
    seen.put("hidden_pre", Evaluation::preActivations);
    seen.put("feature_acts", Evaluation::activations);
    seen.put("sae_out", Evaluation::reconstruction);
    Situation situation =
        given
            .find("state.dead_neuron_mask")
            .map(Situation.plain()::withDead)
            .orElse(Situation.plain());
    Design design =
        architecture()
            .withInputNorm(
                switch (config.path("normalize_activations").asText()) {
                  case "none" -> InputNorm.NONE;
                  case "layer_norm" -> InputNorm.LAYER_NORM;
                  case "constant_norm_rescale" -> InputNorm.CONSTANT_NORM;
                  default -> throw new AssertionError("unknown normalisation in " + config);
                });
    if (!config.path("apply_b_dec_to_input").asBoolean()) {
      boolean pursuit = design.activation() instanceof Activation.MatchingPursuit;
      design = design.withBias(pursuit ? BiasUse.UNUSED : BiasUse.OUTPUT);
    }
    return new Translation(design, situation, losses, seen, after, fillers);
  }

  private Design architecture() {
    String architecture = config.path("architecture").asText();
    return switch (architecture) {
      case "standard" -> standard();
      case "gated" -> gated();
      case "jumprelu" -> jumpRelu();
      case "topk" ->
          chosen(new Activation.TopK(config.path("k").asInt()), DeadLatents.Strength.SIGNED);
      case "abstopk" ->
          chosen(new Activation.AbsTopK(config.path("k").asInt()), DeadLatents.Strength.MAGNITUDE);
      case "batchtopk" -> batchTopK();
      case "matryoshka_batchtopk" -> matryoshka();
      case "matching_pursuit" -> pursuit();
      default -> throw new AssertionError("unknown architecture " + architecture);
    };
  }

  private Design standard() {
    losses.put("l1_loss", weighted("penalty_0"));
    double p = config.path("lp_norm").asDouble();
    return Design.of(new Activation.Relu())
        .withPenalties(
            List.of(
                new WeightedPenalty(new Penalty.PNorm(p), coefficients.path("l1").asDouble(), 1)));
  }

  private Design gated() {
    losses.put("l1_loss", weighted("penalty_0"));
    losses.put("auxiliary_reconstruction_loss", plain("gate"));
    Map<String, Tensor> parameters = given.parameters();
    seen.put(
        "hidden_pre", // the magnitude's; ours is the gate's
        evaluation ->
            evaluation
                .preActivations()
                .sub(parameters.get(ParameterNames.B_ENC))
                .mul(parameters.get(ParameterNames.R_MAG).exp())
                .add(parameters.get(ParameterNames.B_MAG)));
    return Design.of(new Activation.Gated())
        .withGate(new GateTraining(false, true))
        .withPenalties(
            List.of(new WeightedPenalty(new Penalty.L1(), coefficients.path("l1").asDouble(), 1)));
  }

  private Design jumpRelu() {
    losses.put("l0_loss", weighted("penalty_0"));
    double weight = coefficients.path("l0").asDouble();
    double target = config.path("target_l0").asDouble();
    List<WeightedPenalty> penalties = new ArrayList<>();
    String mode = config.path("jumprelu_sparsity_loss_mode").asText();
    penalties.add(
        switch (mode) {
          case "step" -> new WeightedPenalty(new Penalty.L0(), weight, 0);
          case "tanh" ->
              new WeightedPenalty(
                  new Penalty.Tanh(config.path("jumprelu_tanh_scale").asDouble()), weight, 1);
          // 2 / T (L0 - T)^2 is 2 T (L0 / T - 1)^2
          case "quadratic" ->
              new WeightedPenalty(new Penalty.RowTargetL0(target), weight * 2 * target, 0);
          default -> throw new AssertionError("unknown mode " + mode);
        });
    if (config.path("pre_act_loss_coefficient").isNumber()) {
      losses.put("pre_act_loss", weighted("penalty_1"));
      penalties.add(
          new WeightedPenalty(
              new Penalty.BelowThreshold(true),
              config.path("pre_act_loss_coefficient").asDouble(),
              1));
    }
    return Design.of(
            new Activation.JumpRelu(
                config.path("jumprelu_bandwidth").asDouble(),
                config.path("jumprelu_ste_to_input").asBoolean()
                    ? Activation.StraightThrough.ALL
                    : Activation.StraightThrough.THRESHOLDS))
        .withPenalties(penalties);
  }

  private Design chosen(Activation activation, DeadLatents.Strength strength) {
    losses.put("auxiliary_reconstruction_loss", weighted("dead"));
    return Design.of(activation)
        .withScaledByDecoder(config.path("rescale_acts_by_decoder_norm").asBoolean())
        .withDead(
            new DeadLatents(
                config.path("aux_loss_coefficient").asDouble(),
                given.width() / 2,
                strength,
                Normalisation.ROWS,
                true,
                false,
                config.path("use_matryoshka_aux_loss").asBoolean()));
  }

  private Design batchTopK() {
    double rate = config.path("topk_threshold_lr").asDouble();
    Tensor before = given.tensor("state.topk_threshold");
    after.put(
        "topk_threshold",
        evaluation ->
            before
                .mul(new Scalar(1 - rate))
                .add(new Scalar(rate * evaluation.leastActive().orElseThrow())));
    return chosen(
        new Activation.BatchTopK(config.path("k").asDouble()), DeadLatents.Strength.SIGNED);
  }

  private Design matryoshka() {
    JsonNode ends = config.path("matryoshka_widths");
    List<Reconstruction> levels = new ArrayList<>();
    levels.add(new Reconstruction.Whole(1));
    for (int level = 0; level + 1 < ends.size(); level++) {
      int end = ends.get(level).asInt();
      levels.add(new Reconstruction.Prefix(end, 1));
      losses.put("inner_mse_loss_" + end, plain("error_prefix_" + end));
    }
    return batchTopK().withReconstructions(levels);
  }

  /** Its pre-activations are not compared: the library fills in zeros. */
  private Design pursuit() {
    seen.remove("hidden_pre");
    fillers.add("hidden_pre");
    return Design.of(
        new Activation.MatchingPursuit(
            config.path("max_iterations").asInt(),
            config.path("residual_threshold").asDouble(),
            config.path("stop_on_duplicate_support").asBoolean()));
  }
}
