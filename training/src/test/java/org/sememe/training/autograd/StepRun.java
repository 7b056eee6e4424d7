package org.sememe.training.autograd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.sememe.sae.objective.ParameterNames.THRESHOLD;
import static org.sememe.sae.objective.ParameterNames.W_DEC;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.sae.design.Design;
import org.sememe.sae.design.Penalty;
import org.sememe.sae.design.WeightedPenalty;
import org.sememe.sae.objective.Evaluation;
import org.sememe.sae.objective.ForwardCase;
import org.sememe.sae.objective.Objective;
import org.sememe.sae.objective.Situation;
import org.sememe.sae.objective.Translation;
import org.sememe.tensors.TensorMemory;
import org.sememe.training.optimiser.ActiveCourse;
import org.sememe.training.optimiser.DecoderConstraint;
import org.sememe.training.optimiser.LearningRate;
import org.sememe.training.optimiser.NewStarts;
import org.sememe.training.optimiser.Optimiser;
import org.sememe.training.optimiser.OptimiserChoice;
import org.sememe.training.optimiser.PowerAnnealing;

/** A case's steps, each compared. */
final class StepRun implements AutoCloseable {
  private final StepCase given;
  private final Setting setting;
  private final StepRows rows;
  private final Map<String, Tensor> parameters = new LinkedHashMap<>();
  private final Map<String, Tensor> start = new HashMap<>();
  private final Map<String, Tensor> gradients = new HashMap<>();
  private final Optimiser optimiser;
  private final Silence silence;
  private final AutogradStep stepper;
  private final boolean muon;
  private Optional<PowerAnnealing.Stand> annealed = Optional.empty();

  StepRun(StepCase given, Setting setting) {
    this.given = given;
    this.setting = setting;
    this.rows = new StepRows(given);
    given
        .ours(given.init(), "param.", "")
        .forEach((name, tensor) -> parameters.put(name, tensor.clone()));
    rows.centre(parameters, setting);
    parameters.forEach((name, tensor) -> start.put(name, tensor.clone()));
    given.ours(given.init(), "param.", "").forEach((n, tensor) -> start.put(n, tensor.clone()));
    this.muon = setting.optimiser() instanceof OptimiserChoice.Muon;
    this.optimiser = setting.optimiser().create();
    Tensor threshold = given.init().get("state.threshold");
    Tensor running = given.init().getOrDefault("state.topk_threshold", threshold);
    this.silence =
        new Silence(
            (int) parameters.get(W_DEC).size(0), running == null ? -1 : running.item_double());
    this.stepper =
        new AutogradStep(
            parameters,
            setting.rules(),
            optimiser,
            silence,
            seen -> {
              gradients.clear();
              seen.forEach(
                  (name, tensor) -> {
                    Tensor copy = tensor.clone();
                    copy.retainReference();
                    gradients.put(name, copy);
                  });
            });
  }

  /**
   * What a fault of the library, named in its fixtures, lets differ from the formula; then each
   * step is begun from the library's own weights, and all else is compared. sparsify's fused
   * encoder drops the gradients of auxiliary and wider reconstructions, and trains chosen zeros;
   * dictionary_learning gives its step function values that are thresholded already, which reaches
   * the thresholds, and through the clipping every update.
   */
  private Set<String> untouched() {
    JsonNode trainer = given.trainer();
    if (trainer.path("auxk_alpha").asDouble() > 0
        || trainer.path("k_decay_steps").asLong() > 0
        || given.config().path("multi_topk").asBoolean()) {
      return Set.of(W_DEC);
    }
    return faultyThresholds() ? Set.of() : parameters.keySet();
  }

  private boolean faultyThresholds() {
    return given.expected().path("trainer").asText().startsWith("JumpRelu");
  }

  private void beginAsTheirs(int step) {
    if (step > 0 && untouched().size() < parameters.size()) {
      given
          .ours(given.after(), step + ".param.", "")
          .forEach((name, tensor) -> parameters.get(name).copy_(tensor));
    }
  }

  void step(int step) {
    beginAsTheirs(step);
    Tensor x = rows.x(step);
    Tensor y = rows.y(step);
    Design design = design(step, x, y);
    double factor = setting.course().factor(step);
    LearningRate rate =
        new LearningRate(
            setting.rate() * factor, setting.vectorRate() * setting.vectorCourse().factor(step));
    double scale = setting.penalties().factor(step);
    double[] prices = annealed.isPresent() ? prices(design, x) : new double[2];
    StepOutcome outcome =
        stepper.step(design, new StepInput(x, y, setting.chunks()), step, scale, rate);
    annealing()
        .ifPresent(
            rule ->
                annealed =
                    Optional.of(rule.after(annealed.orElseThrow(), step, prices[0], prices[1])));
    resample(step, x);
    check(step, outcome);
  }

  private Optional<PowerAnnealing> annealing() {
    JsonNode said = given.expected().path("given");
    JsonNode config = given.config();
    if (!config.has("sparsity_function")) {
      return Optional.empty();
    }
    return Optional.of(
        new PowerAnnealing(
            config.path("p_start").asDouble(),
            config.path("p_end").asDouble(),
            config.path("anneal_start").asLong(),
            said.path("anneal_end").asLong(),
            config.path("n_sparsity_updates").asInt(),
            config.path("sparsity_queue_length").asInt()));
  }

  private Design design(int step, Tensor x, Tensor y) {
    ObjectNode said = given.expected().deepCopy();
    ObjectNode coefficients = said.putObject("coefficients");
    JsonNode config = given.config();
    coefficients.put("l1", config.path("l1_coefficient").asDouble());
    coefficients.put("l0", config.path("l0_coefficient").asDouble());
    coefficients.put("auxk_alpha", given.trainer().path("auxk_alpha").asDouble());
    coefficients.put("multi_topk", config.path("multi_topk").asBoolean() ? 1.0 / 8 : 0);
    ObjectNode configured = (ObjectNode) said.path("config");
    String normalised = config.path("normalize_activations").asText();
    if (given.estimated() > 0 && !normalised.isEmpty()) {
      configured.put("normalize_activations", "none"); // done to the rows already
    }
    if (given.trainer().path("k_decay_steps").asLong() > 0) {
      int k = course(x).k(step);
      assertThat((long) k).isEqualTo(given.find(step, "state.k_before").orElseThrow().item_long());
      configured.put("k", k);
    }
    if (annealing().isPresent()) {
      if (annealed.isEmpty()) {
        double coefficient = given.init().get("state.sparsity_coeff").item_double();
        annealed = Optional.of(annealing().get().begin(coefficient));
      }
      said.putObject("before")
          .put("p", annealed.get().p())
          .put("sparsity_coeff", annealed.get().coefficient());
    }
    Map<String, Tensor> state = new HashMap<>();
    state.put("state.num_tokens_since_fired", silence.since());
    state.put("state.topk_threshold", torch.zeros(1));
    ForwardCase forward = given.forward(x, y, said, state);
    Translation translation = setting.mapper().apply(forward);
    return translation.design();
  }

  private ActiveCourse course(Tensor x) {
    int k = given.config().path("k").asInt();
    int latents = given.config().path("num_latents").asInt();
    int most = (int) Math.min(latents, 10 * x.size(1));
    return new ActiveCourse(most, k, given.trainer().path("k_decay_steps").asLong(), 1);
  }

  /** The batch's penalties at p and at the next p. */
  private double[] prices(Design design, Tensor x) {
    PowerAnnealing.Stand stand = annealed.orElseThrow();
    Penalty next =
        design.penalties().getFirst().penalty() instanceof Penalty.PNorm
            ? new Penalty.PNorm(stand.next().orElse(1))
            : new Penalty.PowerSum(stand.next().orElse(1));
    Evaluation now = Objective.of(design).evaluate(parameters, x, Situation.plain());
    Evaluation then =
        Objective.of(design.withPenalties(java.util.List.of(new WeightedPenalty(next, 1, 0))))
            .evaluate(parameters, x, Situation.plain());
    return new double[] {now.value("penalty_0"), then.value("penalty_0")};
  }

  private void resample(int step, Tensor x) {
    long every = given.config().path("resample_steps").asLong();
    if (every == 0 || step % every != 0) {
      return;
    }
    Tensor dead = silence.silentFor(every / 2);
    Optional<Tensor> drawn = given.find(step, "state.resampled_rows");
    if (drawn.isPresent()) {
      new NewStarts(0.2)
          .apply(parameters, optimiser, dead, x.index_select(0, drawn.get().to(ScalarType.Long)));
    }
  }

  private void check(int step, StepOutcome outcome) {
    double loss = given.find(step, "loss.total").orElseThrow().item_double();
    double most = muon && step > 0 ? 1e-3 : 1e-5;
    assertThat(outcome.loss())
        .as("loss of step %d", step + 1)
        .isCloseTo(loss, within(most * Math.abs(loss)));
    given
        .find(step, "state.gradient_norm_before_clipping")
        .ifPresent(
            norm -> {
              if (!faultyThresholds()) {
                assertThat(outcome.gradientNorm())
                    .as("gradient norm of step %d", step + 1)
                    .isCloseTo(norm.item_double(), within(1e-4 * norm.item_double()));
              }
            });
    given
        .find(step, "state.dead_features_in_loss")
        .ifPresent(dead -> assertThat(outcome.dead()).isEqualTo(dead.item_long()));
    for (String counter :
        new String[] {
          "num_tokens_since_fired", "n_forward_passes_since_fired", "steps_since_active"
        }) {
      given
          .find(step, "state." + counter)
          .ifPresent(
              counts ->
                  assertThat(TensorMemory.doubles(silence.since()))
                      .as("%s after step %d", counter, step + 1)
                      .isEqualTo(TensorMemory.doubles(counts)));
    }
    for (String name : new String[] {"threshold", "topk_threshold"}) {
      given
          .find(step, "state." + name)
          .ifPresent(
              t ->
                  assertThat(silence.threshold())
                      .as("%s after step %d", name, step + 1)
                      .isCloseTo(t.item_double(), within(1e-4 * Math.abs(t.item_double()))));
    }
    annealed.ifPresent(
        stand -> {
          close("p", stand.p(), given.find(step, "state.p").orElseThrow());
          close(
              "sparsity_coeff",
              stand.coefficient(),
              given.find(step, "state.sparsity_coeff").orElseThrow());
        });
    for (String prefix : new String[] {"grad.projected.", "grad.clipped.", "grad.at_optimizer."}) {
      given
          .ours(given.after(), (step + 1) + "." + prefix, "")
          .forEach((name, wanted) -> checkGradient(step, outcome, name, wanted));
    }
    gradients.values().forEach(Tensor::close);
    gradients.clear();
    compare(step, "param", parameters, given.ours(given.after(), (step + 1) + ".param.", ""));
  }

  private void checkGradient(int step, StepOutcome outcome, String name, Tensor wanted) {
    boolean thresholds = faultyThresholds();
    boolean projectedLater =
        name.equals(W_DEC)
            && setting.rules().constraint() instanceof DecoderConstraint.UnitNorm unit
            && unit.projection() == DecoderConstraint.Projection.AFTER_CLIPPING;
    // Theirs is of before a projection inside the optimiser; its moments are compared.
    if (projectedLater || (thresholds ? name.equals(THRESHOLD) : !untouched().contains(name))) {
      return;
    }
    double ours = 1;
    double theirs = 1;
    if (thresholds) { // as before the clipping
      ours = Math.max(1, outcome.gradientNorm());
      theirs =
          Math.max(
              1,
              given.find(step, "state.gradient_norm_before_clipping").orElseThrow().item_double());
    }
    Tensor expected = wanted.mul(new Scalar(theirs));
    double scale = expected.abs().max().item_double();
    double off = gradients.get(name).mul(new Scalar(ours)).sub(expected).abs().max().item_double();
    assertThat(off).as("gradient of %s", name).isLessThanOrEqualTo((muon ? 1e-2 : 1e-3) * scale);
  }

  private void close(String what, double actual, Tensor wanted) {
    assertThat(actual)
        .as(what)
        .isCloseTo(wanted.item_double(), within(1e-5 * Math.abs(wanted.item_double())));
  }

  private void compare(
      int step, String what, Map<String, Tensor> actual, Map<String, Tensor> wanted) {
    double share = muon ? 1e-1 : given.config().has("max_iterations") ? 5e-3 : 1e-3;
    wanted.forEach(
        (name, tensor) -> {
          // The first step's rate is 0 there, so that even what a fault touches is the same.
          if (!untouched().contains(name) && !(step == 0 && setting.course().factor(0) == 0)) {
            return;
          }
          double largest = tensor.abs().max().item_double();
          double change = tensor.sub(start.get(name)).abs().max().item_double();
          double off = actual.get(name).sub(tensor).abs().max().item_double();
          assertThat(off)
              .as("%s %s after step %d (change %s)", what, name, step + 1, change)
              .isLessThanOrEqualTo(1e-6 * largest + share * change);
        });
  }

  void checkEnd() {
    int last = given.steps() - 1;
    for (String moment : new String[] {".exp_avg", ".exp_avg_sq"}) {
      given
          .ours(given.after(), given.steps() + ".optim.", moment)
          .forEach(
              (name, wanted) -> {
                if (!untouched().contains(name)) {
                  return;
                }
                Tensor kept = optimiser.state().get(name + moment);
                if (kept == null) {
                  assertThat(moment).as("kept moments of %s", name).isEqualTo(".exp_avg");
                  return;
                }
                double scale = wanted.abs().max().item_double();
                double off = kept.sub(wanted).abs().max().item_double();
                assertThat(off)
                    .as("%s%s", name, moment)
                    .isLessThanOrEqualTo((muon ? 1e-1 : 2e-3) * scale);
              });
    }
    Map<String, Tensor> averages = given.ours(given.after(), given.steps() + ".state.eval.", "");
    if (!averages.isEmpty()) {
      compare(last, "x", optimiser.averaged(parameters), averages);
      Map<String, Tensor> z = new HashMap<>();
      parameters.keySet().forEach(name -> z.put(name, optimiser.state().get(name + ".z")));
      compare(last, "z", z, given.ours(given.after(), given.steps() + ".state.z.", ""));
    }
  }

  @Override
  public void close() {
    optimiser.close();
    silence.close();
  }
}
