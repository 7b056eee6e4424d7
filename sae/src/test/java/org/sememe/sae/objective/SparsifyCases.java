package org.sememe.sae.objective;

import static org.sememe.sae.objective.Translation.plain;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.sememe.sae.design.Activation;
import org.sememe.sae.design.BiasUse;
import org.sememe.sae.design.DeadLatents;
import org.sememe.sae.design.Design;
import org.sememe.sae.design.Normalisation;
import org.sememe.sae.design.Reconstruction;

/** sparsify's sparse coder and its trainer's loss as designs. */
public final class SparsifyCases {
  private static final int WIDER = 4; // its forward pass has no option for it

  private SparsifyCases() {}

  public static Translation of(ForwardCase given) {
    JsonNode config = given.config();
    JsonNode coefficients = given.expected().path("coefficients");
    int k = config.path("k").asInt();
    boolean multi = config.path("multi_topk").asBoolean();
    boolean transcodes = config.path("transcode").asBoolean();
    Activation activation =
        config.path("activation").asText().equals("groupmax")
            ? new Activation.GroupMax(k)
            : new Activation.TopK(k);
    List<Reconstruction> reconstructions = new ArrayList<>();
    reconstructions.add(new Reconstruction.Whole(1));
    if (multi) {
      reconstructions.add(
          new Reconstruction.Wider(WIDER, coefficients.path("multi_topk").asDouble(), false));
    }
    Design design =
        Design.of(activation)
            .withBias(transcodes ? BiasUse.OUTPUT : BiasUse.CENTRES)
            .withOtherTarget(transcodes)
            .withSkip(config.path("skip_connection").asBoolean())
            .withError(Normalisation.TARGET_VARIANCE)
            .withReconstructions(reconstructions)
            .withDead(
                new DeadLatents(
                    coefficients.path("auxk_alpha").asDouble(),
                    given.width() / 2,
                    DeadLatents.Strength.POSITIVE,
                    Normalisation.TARGET_VARIANCE,
                    true,
                    false,
                    false));
    Situation situation = Situation.plain();
    Optional<Tensor> dead = given.find("state.dead_mask");
    situation = dead.map(situation::withDead).orElse(situation);
    Optional<Tensor> variance = given.find("state.total_variance");
    if (variance.isPresent()) {
      situation = situation.withTargetVariance(variance.get().item_double());
    }
    Map<String, ToDoubleFunction<Evaluation>> losses = new HashMap<>();
    losses.put("fvu", plain("error"));
    losses.put("auxk_loss", plain("dead"));
    losses.put("multi_topk_fvu", multi ? plain("error_wider_" + WIDER) : evaluation -> 0);
    Map<String, Function<Evaluation, Tensor>> seen = new HashMap<>();
    seen.put("pre_acts", evaluation -> torch.relu(evaluation.preActivations()));
    seen.put("feature_acts", Evaluation::activations);
    // With multi_topk it returns the wider reconstruction, without a skip term.
    seen.put(
        "sae_out",
        multi
            ? evaluation ->
                Objective.of(Design.of(new Activation.TopK(WIDER * k)).withBias(design.bias()))
                    .evaluate(given.parameters(), given.x(), given.target(), Situation.plain())
                    .reconstruction()
            : Evaluation::reconstruction);
    return new Translation(design, situation, losses, seen, Map.of(), Set.of());
  }
}
