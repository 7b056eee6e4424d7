package org.sememe.sae.objective;

import static org.sememe.sae.objective.ParameterNames.B_DEC;
import static org.sememe.sae.objective.ParameterNames.B_ENC;
import static org.sememe.sae.objective.ParameterNames.B_MAG;
import static org.sememe.sae.objective.ParameterNames.R_MAG;
import static org.sememe.sae.objective.ParameterNames.W_ENC;

import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.sememe.sae.design.Activation;
import org.sememe.sae.design.BiasUse;
import org.sememe.sae.design.Design;
import org.sememe.sae.design.EncoderKind;

/**
 * Rows encoded by a design, {@code [n, F]} each.
 *
 * @param preActivations by decoder norms where the design says so; a gated dictionary's are its
 *     gate's; matching pursuit's are the inputs' products with the decoder
 * @param router where rows are routed
 */
record Encoding(Tensor preActivations, Tensor activations, Optional<Router> router) {
  static Encoding of(Design design, Weights weights, Tensor rows) {
    Tensor inputs = design.bias() == BiasUse.CENTRES ? rows.sub(weights.get(B_DEC)) : rows;
    if (design.activation() instanceof Activation.MatchingPursuit pursuit) {
      Tensor decoder = weights.decoder();
      return new Encoding(
          inputs.matmul(decoder.t()),
          Pursuit.activations(pursuit, inputs, decoder),
          Optional.empty());
    }
    if (design.activation() instanceof Activation.OrthogonalPursuit(int k)) {
      Tensor decoder = weights.decoder();
      return new Encoding(
          inputs.matmul(decoder.t()),
          OrthogonalFit.activations(k, inputs.detach(), decoder.detach()),
          Optional.empty());
    }
    if (design.activation() instanceof Activation.Gated) {
      Tensor products = inputs.matmul(weights.get(W_ENC).t());
      Tensor gates = products.add(weights.get(B_ENC));
      return new Encoding(gates, gated(gates, products, weights), Optional.empty());
    }
    Optional<Router> router =
        design.structure().encoder() instanceof EncoderKind.Switch rule
            ? Optional.of(Router.of(rule, weights, rows))
            : Optional.empty();
    Tensor plain =
        switch (design.structure().encoder()) {
          case EncoderKind.Dense() -> inputs.matmul(weights.get(W_ENC).t()).add(weights.get(B_ENC));
          case EncoderKind.Tied() -> inputs.matmul(weights.decoder().t()).add(weights.get(B_ENC));
          case EncoderKind.Kronecker rule -> Kronecker.preActivations(rule, weights, inputs);
          case EncoderKind.Switch _ -> router.orElseThrow().preActivations(weights, inputs);
        };
    Tensor values = design.scaledByDecoder() ? plain.mul(weights.decoderNorms()) : plain;
    return new Encoding(values, activate(design.activation(), values, weights), router);
  }

  /** What a rule makes of pre-activations {@code [n, F]}. */
  static Tensor activate(Activation rule, Tensor values, Weights weights) {
    return switch (rule) {
      case Activation.Relu() -> torch.relu(values);
      case Activation.TopK(int k) ->
          torch.relu(values).mul(Selections.largest(torch.relu(values), k));
      case Activation.AbsTopK(int k) -> values.mul(Selections.largest(values.abs(), k));
      case Activation.BatchTopK(double k) -> {
        Tensor positive = torch.relu(values);
        yield positive.mul(Selections.largestOfAll(positive, (long) (k * values.size(0))));
      }
      case Activation.GroupMax(int k) ->
          torch.relu(values).mul(Selections.largestOfGroups(values, k));
      case Activation.JumpRelu jump ->
          new StraightThrough(jump, values, weights.thresholds()).activations();
      case Activation.Custom(var custom) -> custom.activate(values, weights.all());
      case Activation.Gated(),
          Activation.MatchingPursuit(var _, var _, var _),
          Activation.OrthogonalPursuit(var _) ->
          throw new IllegalArgumentException(rule + " needs more than pre-activations");
    };
  }

  private static Tensor gated(Tensor gate, Tensor products, Weights weights) {
    Tensor magnitudes = torch.relu(products.mul(weights.get(R_MAG).exp()).add(weights.get(B_MAG)));
    Tensor open = gate.detach().gt(new Scalar(0.0));
    return magnitudes.mul(open.to(magnitudes.scalar_type()));
  }
}
