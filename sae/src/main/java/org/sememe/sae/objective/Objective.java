package org.sememe.sae.objective;

import static org.sememe.sae.objective.ParameterNames.B_DEC;
import static org.sememe.sae.objective.ParameterNames.W_SKIP;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.sememe.sae.design.Activation;
import org.sememe.sae.design.BiasUse;
import org.sememe.sae.design.DeadLatents;
import org.sememe.sae.design.Design;
import org.sememe.sae.design.GateTraining;
import org.sememe.sae.design.GhostGradients;
import org.sememe.sae.design.Reconstruction;
import org.sememe.sae.design.Revival;
import org.sememe.sae.design.WeightedPenalty;

/**
 * The loss of a design, differentiable, for any device and floating type. Immutable, thread-safe;
 * works in the caller's {@code PointerScope}.
 */
public final class Objective {
  private final Design design;

  private Objective(Design design) {
    this.design = design;
  }

  /** That of a design. */
  public static Objective of(Design design) {
    return new Objective(design);
  }

  /** The loss of reconstructing rows {@code x [n, d]}. */
  public Evaluation evaluate(Map<String, Tensor> parameters, Tensor x, Situation situation) {
    return evaluate(parameters, x, x, situation);
  }

  /**
   * The loss of making {@code target} from {@code x}.
   *
   * @param parameters by {@link ParameterNames}, and a user's own; stay the caller's, unchanged
   * @param x {@code [n, d]}
   * @param target {@code [n, d_out]}
   * @throws IllegalArgumentException if a parameter is missing or a shape does not fit the design
   */
  public Evaluation evaluate(
      Map<String, Tensor> parameters, Tensor x, Tensor target, Situation situation) {
    Weights weights = new Weights(design.structure(), parameters);
    NormedRows rows = NormedRows.of(design.inputNorm(), x);
    Encoding encoding = Encoding.of(design, weights, rows.rows());
    Decoding decoding = decoding(weights, x, rows, UnaryOperator.identity());
    ErrorMeasure measure = new ErrorMeasure(target, situation.targetVariance());
    Tensor whole = decoding.reconstruct(encoding.activations());
    SequencedMap<String, Term> terms = new LinkedHashMap<>();
    for (Reconstruction wanted : design.reconstructions()) {
      List<Tensor> made = reconstruct(wanted, whole, weights, encoding, decoding);
      terms.put(name(wanted), new Term(meanError(made, measure), wanted.weight()));
    }
    encoding
        .router()
        .ifPresent(
            router -> terms.put("balance", new Term(router.balance(), router.rule().balance())));
    Optional<Tensor> gate = design.gate().map(training -> gate(training, weights, x, encoding));
    addPenalties(terms, situation, weights, encoding, gate);
    gate.ifPresent(open -> terms.put("gate", gateError(open, weights, x, rows, measure)));
    design
        .dead()
        .ifPresent(
            rule -> {
              Tensor loss =
                  situation
                      .dead()
                      .flatMap(dead -> revival(rule, dead, encoding, decoding, measure, whole))
                      .orElseGet(() -> torch.zeros_like(whole.select(0, 0).select(0, 0).detach()));
              terms.put("dead", new Term(loss, rule.weight()));
            });
    situation
        .downstream()
        .ifPresent(network -> terms.put("downstream", new Term(pulled(whole, network), 1)));
    return new Evaluation(weights, terms, total(terms), encoding, whole);
  }

  /**
   * The decoder's rows {@code [F, d_out]} of a design, whatever they are made of, in the caller's
   * scope, without a graph.
   */
  public static Tensor decoder(Design design, Map<String, Tensor> parameters) {
    return new Weights(design.structure(), parameters).decoder().detach();
  }

  /** How long these rows are, as the design measures them, {@code [F]}; in the same way. */
  public static Tensor decoderNorms(Design design, Map<String, Tensor> parameters) {
    return new Weights(design.structure(), parameters).decoderNorms().detach();
  }

  private Optional<Tensor> revival(
      Revival rule,
      Tensor dead,
      Encoding encoding,
      Decoding decoding,
      ErrorMeasure measure,
      Tensor whole) {
    return switch (rule) {
      case DeadLatents latents ->
          new DeadLatentLoss(latents, encoding, decoding, measure, dead)
              .of(whole, design.reconstructions());
      case GhostGradients ghosts ->
          new GhostLoss(ghosts, encoding, decoding, measure, dead).of(whole, design.error());
    };
  }

  private Tensor meanError(List<Tensor> made, ErrorMeasure measure) {
    return made.stream()
        .map(each -> measure.of(each, design.error()))
        .reduce(Tensor::add)
        .orElseThrow()
        .div(new Scalar((double) made.size()));
  }

  /** The network's loss, with the gradient that it gave. */
  private static Tensor pulled(Tensor whole, Downstream network) {
    Downstream.Pull pull = network.of(whole.detach());
    Tensor along = whole.mul(pull.gradient()).sum();
    return along.sub(along.detach()).add(new Scalar(pull.loss()));
  }

  private static String name(Reconstruction wanted) {
    return switch (wanted) {
      case Reconstruction.Whole(double _) -> "error";
      case Reconstruction.Prefix(int latents, double _) -> "error_prefix_" + latents;
      case Reconstruction.Wider(int factor, double _, boolean _) -> "error_wider_" + factor;
      case Reconstruction.Budgets _ -> "error_budgets";
    };
  }

  /** One, or one for each budget. */
  private List<Tensor> reconstruct(
      Reconstruction wanted, Tensor whole, Weights weights, Encoding encoding, Decoding decoding) {
    return switch (wanted) {
      case Reconstruction.Whole(double _) -> List.of(whole);
      case Reconstruction.Prefix(int latents, double _) ->
          List.of(decoding.reconstructPrefix(encoding.activations(), latents));
      case Reconstruction.Budgets(List<Integer> budgets, double _) ->
          decoding.reconstructBudgets(encoding.activations(), budgets);
      case Reconstruction.Wider(int factor, double _, boolean skip) -> {
        Tensor wider =
            Encoding.activate(
                wider(design.activation(), factor), encoding.preActivations(), weights);
        yield List.of((skip ? decoding : decoding.withoutSkip()).reconstruct(wider));
      }
    };
  }

  private static Activation wider(Activation activation, int factor) {
    return switch (activation) {
      case Activation.TopK(int k) -> new Activation.TopK(Math.multiplyExact(k, factor));
      case Activation.AbsTopK(int k) -> new Activation.AbsTopK(Math.multiplyExact(k, factor));
      case Activation.BatchTopK(double k) -> new Activation.BatchTopK(k * factor);
      default -> throw new IllegalArgumentException(activation + " has no k to widen");
    };
  }

  /** Decodes with each weight as {@code held} gives it. */
  private Decoding decoding(
      Weights weights, Tensor x, NormedRows rows, UnaryOperator<Tensor> held) {
    return new Decoding(
        held.apply(weights.decoder()),
        design.bias() == BiasUse.UNUSED
            ? Optional.empty()
            : Optional.of(held.apply(weights.get(B_DEC))),
        design.scaledByDecoder() ? Optional.of(weights.decoderNorms()) : Optional.empty(),
        design.skip()
            ? Optional.of(x.matmul(held.apply(weights.get(W_SKIP)).t()))
            : Optional.empty(),
        design.otherTarget() ? NormedRows.plain(x) : rows);
  }

  /** The gate's openings, {@code max(pi, 0)}. */
  private Tensor gate(GateTraining training, Weights weights, Tensor x, Encoding encoding) {
    Tensor gates =
        training.plainInput()
            ? Encoding.of(design, weights, x).preActivations()
            : encoding.preActivations();
    return torch.relu(gates);
  }

  private Term gateError(
      Tensor open, Weights weights, Tensor x, NormedRows rows, ErrorMeasure measure) {
    GateTraining training = design.gate().orElseThrow();
    UnaryOperator<Tensor> held =
        training.decoderConstant() ? Tensor::detach : UnaryOperator.identity();
    NormedRows seen = training.plainInput() ? NormedRows.plain(x) : rows;
    Tensor made = decoding(weights, x, seen, held).reconstruct(open);
    return new Term(measure.of(made, design.error()), 1);
  }

  private void addPenalties(
      SequencedMap<String, Term> terms,
      Situation situation,
      Weights weights,
      Encoding encoding,
      Optional<Tensor> gate) {
    Prices prices =
        new Prices(
            design.activation(),
            weights,
            gate.orElse(encoding.activations()),
            encoding.preActivations(),
            situation.dead());
    List<WeightedPenalty> penalties = design.penalties();
    for (int i = 0; i < penalties.size(); i++) {
      WeightedPenalty penalty = penalties.get(i);
      terms.put(
          "penalty_" + i,
          new Term(prices.of(penalty), penalty.weight() * situation.penaltyScale()));
    }
  }

  private static Tensor total(SequencedMap<String, Term> terms) {
    return terms.values().stream()
        .map(term -> term.value().mul(new Scalar(term.weight())))
        .reduce(Tensor::add)
        .orElseThrow();
  }
}
