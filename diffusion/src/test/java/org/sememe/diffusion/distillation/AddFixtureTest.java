package org.sememe.diffusion.distillation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sememe.tensors.testing.TensorAssertions.assertClose;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.sememe.diffusion.runs.Gradients;
import org.sememe.diffusion.schedule.NoiseSchedule;
import org.sememe.diffusion.schedule.Prediction;
import org.sememe.diffusion.testing.Expected;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;
import org.sememe.tensors.testing.Fixtures;
import org.sememe.training.optimiser.Optimiser;
import org.sememe.training.optimiser.OptimiserChoice;

/** Every term of a training step, three iterations and samplings, in float64. */
class AddFixtureTest {
  /** Of a tensor's largest value. */
  private static final double RELATIVE = 1e-9;

  /** Of the learning rate, for weights after training. */
  private static final double OF_RATE = 1e-6;

  @BeforeAll
  static void start() {
    Torch.start(1);
  }

  private static Stream<DynamicTest> cases(ThrowingCheck check) throws IOException {
    return Expected.folders(Fixtures.require("diffusion/add"), "schedule.safetensors").stream()
        .map(
            folder ->
                DynamicTest.dynamicTest(
                    folder.getFileName().toString(),
                    () -> {
                      try (PointerScope scope = new PointerScope();
                          Case found = new Case(folder)) {
                        check.run(found);
                      }
                    }));
  }

  private interface ThrowingCheck {
    void run(Case found) throws Exception;
  }

  /** A case with its weights in float64. */
  private static final class Case implements AutoCloseable {
    final JsonNode facts;
    final Expected inputs;
    final Expected expected;
    final TinyNetworks nets;
    final SequencedMap<String, Tensor> weights = new LinkedHashMap<>();
    final NoisyPictures noisy;
    final Student student;
    final Prediction teacher;
    final Set<String> compared = new HashSet<>();

    Case(Path folder) throws IOException {
      facts = Expected.json(folder.resolve("case.json"));
      inputs = new Expected(folder.resolve("inputs.safetensors"));
      expected = new Expected(folder.resolve("expected.safetensors"));
      try (Expected stored = new Expected(folder.resolve("weights.safetensors"))) {
        for (String name : stored.names()) {
          weights.put(name, stored.tensor(name).to(ScalarType.Double));
        }
      }
      try (Expected schedule = new Expected(folder.resolve("schedule.safetensors"))) {
        double[] alpha = schedule.doubles("alpha");
        noisy =
            new NoisyPictures(
                NoiseSchedule.ofSignal(Arrays.stream(alpha).map(a -> a * a).toArray()));
      }
      nets = new TinyNetworks(weights, facts);
      student =
          new Student(
              noisy,
              nets.denoiser("student"),
              Prediction.named(facts.path("student_prediction").asText() + "_prediction"));
      String predicts = facts.path("teacher_prediction").asText();
      teacher = Prediction.named(predicts.equals("v") ? "v_prediction" : predicts);
    }

    Tensor input(String name) {
      return inputs.tensor(name).to(ScalarType.Double);
    }

    int[] ints(String name) {
      return Arrays.stream(inputs.doubles(name)).mapToInt(v -> (int) v).toArray();
    }

    /** The fixtures count timesteps from 1. */
    int[] times(String name) {
      return Arrays.stream(ints(name)).map(t -> t - 1).toArray();
    }

    Weighting weighting(String name) {
      return switch (name) {
        case "exponential" -> new Weighting.Exponential();
        case "sds" -> new Weighting.ScoreDistillation();
        default ->
            new Weighting.NoiseFree(
                facts.path("null_label").asInt(),
                facts.path("negative_label").asInt(),
                facts.path("nfsd_split").asInt() - 1,
                facts.path("nfsd_guidance").asDouble());
      };
    }

    Teaching teaching(String weighting) {
      return new Teaching(noisy, nets.denoiser("teacher"), teacher, weighting(weighting));
    }

    void near(String name, Tensor actual) {
      near(name, TensorMemory.doubles(actual), RELATIVE);
      assertThat(actual.numel()).as(name).isEqualTo(expected.doubles(name).length);
    }

    void near(String name, double[] actual, double tolerance) {
      assertThat(compared.add(name)).as("%s once", name).isTrue();
      assertClose(name, actual, expected.doubles(name), tolerance);
    }

    @Override
    public void close() {
      inputs.close();
      expected.close();
    }
  }

  @TestFactory
  Stream<DynamicTest> everyTerm() throws IOException {
    return cases(AddFixtureTest::terms);
  }

  private static void terms(Case c) throws IOException {
    int[] labels = c.ints("batch.0.y");
    int[] s = c.times("batch.0.s");
    int[] t = c.times("batch.0.t");
    Tensor x0 = c.input("batch.0.x0");
    Tensor noise = c.input("batch.0.eps_t");
    Map<String, Tensor> learning = c.nets.learning("student.");
    c.nets.learning("heads.");

    Tensor noised = c.noisy.of(x0, c.input("batch.0.eps"), s);
    c.near("x_s", noised);
    TinyNetworks.Denoised inside = c.nets.denoised("student", noised, s, labels);
    c.near("student.e", inside.e());
    c.near("student.h1", inside.h1());
    c.near("student.h2", inside.h2());
    c.near("student.v", inside.output());
    Tensor xh = c.student.draw(noised, s, labels);
    c.near("xh", xh);

    Discriminator discriminator = c.nets.discriminator();
    FeatureNetwork.Features real = c.nets.features(x0);
    FeatureNetwork.Features fake = c.nets.features(xh);
    Head.Condition condition =
        new Head.Condition(Optional.of(c.nets.text(labels)), Optional.of(real.embedding()));
    c.near("c_text", condition.text().orElseThrow());
    c.near("c_img", condition.image().orElseThrow());
    discriminating(c, discriminator, real, fake, condition);

    Tensor adversarial = discriminator.generator(fake.taps(), condition);
    c.near("g.total", adversarial);
    c.near("loss.adversarial", adversarial);
    for (int k = 0; k < discriminator.heads().size(); k++) {
      c.near(
          "g." + k + ".loss",
          new Discriminator(List.of(discriminator.heads().get(k)))
              .generator(List.of(fake.taps().get(k)), condition));
    }
    gradients(c, "adversarial", adversarial, xh, learning);
    for (String name : List.of("exponential", "sds", "nfsd")) {
      teaching(c, name, xh, noise, t, labels, adversarial, learning);
    }
    Set<String> rest = new HashSet<>(c.expected.names());
    rest.removeAll(c.compared);
    rest.removeIf(name -> name.startsWith("train.") || name.startsWith("sample."));
    assertThat(rest).as("what was not compared").isEmpty();
  }

  private static void teaching(
      Case c,
      String name,
      Tensor xh,
      Tensor noise,
      int[] t,
      int[] labels,
      Tensor adversarial,
      Map<String, Tensor> learning) {
    Teaching.Terms terms = c.teaching(name).of(xh, noise, t, labels);
    assertThat(terms.target().requires_grad()).as("gradient through the target").isFalse();
    c.near("distill." + name + ".squared_norm", terms.squares());
    c.near("distill." + name + ".loss", terms.loss());
    c.near("loss.distill." + name, terms.loss());
    double pixels = (double) xh.numel() / xh.size(0);
    c.near("distill." + name + ".loss_pixel_mean", terms.loss().div(new Scalar(pixels)));
    gradients(c, "distill." + name, terms.loss(), xh, learning);
    Tensor total = adversarial.add(terms.loss().mul(new Scalar(c.facts.path("lambda").asDouble())));
    c.near("loss.total." + name, total);
    gradients(c, "total." + name, total, xh, learning);
    Tensor pull = Gradients.of(terms.loss(), Map.of("xh", xh)).get("xh");
    switch (name) {
      case "exponential" -> {
        c.near("c.exponential", terms.weights(), RELATIVE);
        c.near("xh_t", terms.noised());
        c.near("x_psi", terms.target());
        TinyNetworks.Denoised inside = c.nets.denoised("teacher", terms.noised(), t, labels);
        c.near("teacher.e", inside.e());
        c.near("teacher.h1", inside.h1());
        c.near("teacher.h2", inside.h2());
        c.near("teacher.output", inside.output());
        c.near("eps_psi.cond", terms.teacherNoise());
        differs(c, pull);
      }
      case "sds" -> {
        c.near("c.sds", terms.weights(), RELATIVE);
        c.near("w", c.noisy.sigma(t, xh).pow(new Scalar(2.0)).flatten());
        c.near("sds.by_hand", pull);
      }
      default -> {
        c.near("nfsd.target", terms.target());
        c.near("nfsd.by_hand", pull);
        deltas(c, terms, t);
      }
    }
  }

  /** What a loss without the stop-gradient would give is something else. */
  private static void differs(Case c, Tensor pull) {
    double[] wrong = c.expected.doubles("wrong.no_stop_gradient.grad_xh");
    c.compared.add("wrong.no_stop_gradient.grad_xh");
    double[] ours = TensorMemory.doubles(pull);
    double largest = Arrays.stream(wrong).map(Math::abs).max().orElseThrow();
    double off = 0;
    for (int i = 0; i < ours.length; i++) {
      off = Math.max(off, Math.abs(ours[i] - wrong[i]));
    }
    assertThat(off / largest).isGreaterThan(1e-3);
  }

  /** The differences of the teacher's words, from its noises under the other two labels. */
  private static void deltas(Case c, Teaching.Terms terms, int[] t) {
    Tensor none = words(c, terms.noised(), t, c.facts.path("null_label").asInt());
    Tensor bad = words(c, terms.noised(), t, c.facts.path("negative_label").asInt());
    c.near("eps_psi.null", none);
    c.near("eps_psi.negative", bad);
    Tensor change = terms.teacherNoise().sub(none);
    c.near("nfsd.delta_c", change);
    int split = c.facts.path("nfsd_split").asInt();
    double[] late = Arrays.stream(t).mapToDouble(i -> i + 1 < split ? 0 : 1).toArray();
    Tensor domain = none.sub(NoisyPictures.column(late, none).mul(bad));
    c.near("nfsd.delta_d", domain);
    c.near(
        "nfsd.direction",
        domain.add(change.mul(new Scalar(c.facts.path("nfsd_guidance").asDouble()))));
  }

  private static Tensor words(Case c, Tensor noised, int[] t, int label) {
    int[] labels = new int[t.length];
    Arrays.fill(labels, label);
    Tensor output = c.nets.denoiser("teacher").predict(noised, t, labels);
    return c.noisy.noise(c.teacher, noised, output, t);
  }

  private static void gradients(
      Case c, String name, Tensor loss, Tensor xh, Map<String, Tensor> learning) {
    c.near("grad.xh." + name, Gradients.of(loss, Map.of("xh", xh)).get("xh"));
    Gradients.of(loss, learning)
        .forEach((weight, gradient) -> c.near("grad." + name + "." + weight, gradient));
  }

  private static void discriminating(
      Case c,
      Discriminator discriminator,
      FeatureNetwork.Features real,
      FeatureNetwork.Features fake,
      Head.Condition condition) {
    Discriminator.Terms terms = discriminator.judge(real.taps(), fake.taps(), condition);
    TensorVector allReal = new TensorVector();
    TensorVector allFake = new TensorVector();
    for (int k = 0; k < terms.heads().size(); k++) {
      c.near("features." + k + ".real", real.taps().get(k));
      c.near("features." + k + ".fake", fake.taps().get(k));
      ConvolutionHead head = (ConvolutionHead) discriminator.heads().get(k);
      ConvolutionHead.Activations inside = head.activations(real.taps().get(k), condition);
      c.near("d." + k + ".real.a", inside.a());
      c.near("d." + k + ".real.b", inside.b());
      c.near("d." + k + ".real.o", inside.o());
      c.near("d." + k + ".real.cond", inside.condition());
      Discriminator.HeadTerms part = terms.heads().get(k);
      c.near("d." + k + ".logits_real", part.logitsReal());
      c.near("d." + k + ".logits_fake", part.logitsFake());
      c.near("d." + k + ".hinge_real", part.hingeReal());
      c.near("d." + k + ".hinge_fake", part.hingeFake());
      c.near("d." + k + ".r1", part.penalty());
      c.near("d." + k + ".r1_gradient", part.penaltyGradient());
      double positions = part.logitsReal().size(1);
      c.near("d." + k + ".r1_of_mean_logit", part.penalty().div(new Scalar(positions * positions)));
      allReal.push_back(part.logitsReal());
      allFake.push_back(part.logitsFake());
    }
    c.near("d.hinge", terms.hinge());
    c.near("d.r1", terms.penalty());
    double gamma = c.facts.path("gamma").asDouble();
    c.near("d.total", terms.total(gamma));
    Tensor joinedReal = torch.cat(allReal, 1);
    Tensor joinedFake = torch.cat(allFake, 1);
    Tensor one = torch.ones_like(joinedReal);
    c.near(
        "d.hinge_mean_over_all_logits",
        torch.relu(one.sub(joinedReal)).mean().add(torch.relu(one.add(joinedFake)).mean()));
    Map<String, Tensor> losses =
        Map.of("hinge", terms.hinge(), "r1", terms.penalty(), "total", terms.total(gamma));
    losses.forEach(
        (name, loss) ->
            Gradients.of(loss, discriminator.parameters())
                .forEach(
                    (weight, gradient) -> {
                      String stored = "grad.d." + name + "." + weight;
                      if (c.expected.has(stored)) {
                        c.near(stored, gradient);
                      }
                    }));
  }

  @TestFactory
  Stream<DynamicTest> fewSteps() throws IOException {
    return cases(
        c -> {
          int[] labels = c.ints("sample.y");
          Tensor noises = c.input("sample.noise");
          int[] all =
              StreamSupport.stream(c.facts.path("taus").spliterator(), false)
                  .mapToInt(JsonNode::asInt)
                  .toArray();
          assertThat(Student.usualTimesteps(c.facts.path("T").asInt()))
              .isEqualTo(Arrays.stream(all).map(t -> t - 1).toArray());
          int compared = 0;
          for (int n = 1; n <= all.length; n++) {
            int[] falling = new int[n];
            Arrays.setAll(
                falling, i -> all[all.length - 1] * (falling.length - i) / falling.length - 1);
            List<Tensor> noise = new ArrayList<>();
            for (int i = 0; i < n; i++) {
              noise.add(noises.select(0, i));
            }
            List<Tensor> drawn = c.student.sample(falling, noise, labels);
            for (int i = 0; i < n; i++) {
              if (c.expected.has("sample." + n + "." + i)) {
                c.near("sample." + n + "." + i, drawn.get(i));
                compared++;
              }
            }
          }
          assertThat((long) compared)
              .isEqualTo(c.expected.names().stream().filter(n -> n.startsWith("sample.")).count());
        });
  }

  @TestFactory
  Stream<DynamicTest> training() throws IOException {
    return cases(AddFixtureTest::train);
  }

  private static void train(Case c) throws IOException {
    SequencedMap<String, Tensor> learning = c.nets.learning("student.");
    c.nets.learning("heads.");
    JsonNode adam = c.facts.path("adam");
    OptimiserChoice choice =
        new OptimiserChoice.Adam(
            adam.path("beta1").asDouble(),
            adam.path("beta2").asDouble(),
            adam.path("eps").asDouble());
    double headRate = c.facts.path("lr_heads").asDouble();
    double studentRate = c.facts.path("lr_student").asDouble();
    Map<String, double[]> frozen = frozen(c);
    try (Optimiser heads = choice.create();
        Optimiser student = choice.create();
        WeightAverage average = new WeightAverage(learning, c.facts.path("ema").asDouble())) {
      DistillationStep step =
          new DistillationStep(
              c.student,
              learning,
              c.teaching("exponential"),
              c.nets::features,
              (batch, embedding) ->
                  new Head.Condition(
                      Optional.of(c.nets.text(batch.labels())), Optional.of(embedding)),
              c.nets.discriminator(),
              heads,
              student,
              new DistillationStep.Constants(
                  1,
                  c.facts.path("lambda").asDouble(),
                  c.facts.path("gamma").asDouble(),
                  headRate,
                  studentRate));
      for (int i = 0; c.inputs.has("batch." + i + ".x0"); i++) {
        String batch = "batch." + i + ".";
        DistillationStep.Losses losses =
            step.run(
                new DistillationStep.Batch(
                    c.input(batch + "x0"),
                    c.ints(batch + "y"),
                    c.times(batch + "s"),
                    c.input(batch + "eps"),
                    c.times(batch + "t"),
                    c.input(batch + "eps_t")));
        average.add(learning);
        String train = "train." + i + ".";
        c.near(train + "d", new double[] {losses.heads()}, 1e-8);
        c.near(train + "g", new double[] {losses.generator()}, 1e-8);
        c.near(train + "distill", new double[] {losses.teaching()}, 1e-8);
        for (Map.Entry<String, Tensor> weight : c.weights.entrySet()) {
          boolean ofHead = weight.getKey().startsWith("heads.");
          weights(c, train + weight.getKey(), weight.getValue(), ofHead ? headRate : studentRate);
        }
        average.averages().forEach((n, a) -> weights(c, train + "ema." + n, a, studentRate));
      }
    }
    frozen.forEach(
        (name, before) -> assertThat(TensorMemory.doubles(c.weights.get(name))).isEqualTo(before));
    assertThat(c.compared)
        .containsAll(c.expected.names().stream().filter(n -> n.startsWith("train.")).toList());
  }

  /** Teacher, features and text: what has to stay. */
  private static Map<String, double[]> frozen(Case c) {
    Map<String, double[]> values = new LinkedHashMap<>();
    c.weights.forEach(
        (name, weight) -> {
          if (!name.startsWith("student.") && !name.startsWith("heads.")) {
            values.put(name, TensorMemory.doubles(weight));
          }
        });
    assertThat(values.keySet()).anyMatch(name -> name.startsWith("teacher."));
    return values;
  }

  private static void weights(Case c, String name, Tensor weight, double rate) {
    if (c.expected.has(name)) {
      double[] stored = c.expected.doubles(name);
      double[] ours = TensorMemory.doubles(weight);
      c.compared.add(name);
      for (int i = 0; i < stored.length; i++) {
        assertThat(Math.abs(ours[i] - stored[i])).as(name).isLessThan(OF_RATE * rate);
      }
    }
  }

  /** The StyleGAN-T head: spectral norm, local batch norm, R1's double backward. */
  @TestFactory
  Stream<DynamicTest> tokenHead() throws IOException {
    Path parent = Fixtures.require("diffusion/add");
    return Expected.folders(parent, "case.json").stream()
        .filter(folder -> !Files.exists(folder.resolve("schedule.safetensors")))
        .map(
            folder ->
                DynamicTest.dynamicTest(folder.getFileName().toString(), () -> tokenHead(folder)));
  }

  private static TokenHead head(JsonNode facts, Map<String, Tensor> weights) throws IOException {
    return new TokenHead(
        new TokenHead.Shape(
            facts.path("width").asInt(),
            facts.path("proj").asInt(),
            facts.path("cond").asInt(),
            facts.path("kernel").asInt(),
            facts.path("virtual").asInt()),
        (path, shape) -> weights.get(path));
  }

  private static Map<String, Tensor> doubles(Path file) throws IOException {
    Map<String, Tensor> weights = new LinkedHashMap<>();
    try (Expected stored = new Expected(file)) {
      for (String name : stored.names()) {
        weights.put(name, stored.tensor(name).to(ScalarType.Double));
      }
    }
    return weights;
  }

  private static void tokenHead(Path folder) throws IOException {
    JsonNode facts = Expected.json(folder.resolve("case.json"));
    Set<String> zero = new HashSet<>();
    Expected.json(folder.resolve("expected.json"))
        .path("zero_up_to_rounding")
        .forEach(name -> zero.add(name.asText()));
    try (PointerScope scope = new PointerScope();
        Expected expected = new Expected(folder.resolve("expected.safetensors"))) {
      Map<String, Tensor> inputs = doubles(folder.resolve("inputs.safetensors"));
      Head.Condition condition =
          new Head.Condition(Optional.of(inputs.get("cond")), Optional.empty());
      Map<String, Tensor> seen = new LinkedHashMap<>();

      TokenHead first = head(facts, doubles(folder.resolve("weights.safetensors")));
      first.parameters().values().forEach(p -> p.set_requires_grad(true));
      Tensor real = inputs.get("real").detach().set_requires_grad(true);
      TokenHead.Activations inside = first.activations(real, condition);
      seen.put("real.block1", inside.block1());
      seen.put("real.block2", inside.block2());
      seen.put("logits_real", inside.logits());
      Tensor gradient = Gradients.recorded(inside.logits().sum(), real);
      Tensor r1 = gradient.mul(gradient).flatten(1, -1).sum(1).mean();
      seen.put("r1_gradient", gradient);
      seen.put("r1", r1);
      Gradients.of(r1, first.parameters()).forEach((n, g) -> seen.put("grad.r1." + n, g));
      first.vectors().forEach((n, v) -> seen.put("after_one_forward." + n, v.clone()));
      first.training(false);
      for (String name : List.of("conv1", "conv2", "out")) {
        seen.put("after_one_forward." + name + ".weight", first.spectral(name));
      }

      TokenHead again = head(facts, doubles(folder.resolve("weights.safetensors")));
      again.parameters().values().forEach(p -> p.set_requires_grad(true));
      Discriminator.Terms terms =
          new Discriminator(List.of(again))
              .judge(List.of(inputs.get("real")), List.of(inputs.get("fake")), condition);
      seen.put("hinge", terms.hinge());
      seen.put("logits_fake_second_forward", terms.heads().getFirst().logitsFake());
      again.vectors().forEach((n, v) -> seen.put("after_two_forwards." + n, v));
      Gradients.of(terms.hinge(), again.parameters())
          .forEach((n, g) -> seen.put("grad.hinge." + n, g));
      again.training(false);
      seen.put("logits_real_eval", again.logits(inputs.get("real"), condition));

      for (String name : expected.names()) {
        assertThat(seen).as("what was computed").containsKey(name);
        double[] actual = TensorMemory.doubles(seen.get(name));
        if (zero.contains(name)) {
          assertThat(Arrays.stream(actual).map(Math::abs).max().orElseThrow())
              .as(name)
              .isLessThan(1e-10);
        } else {
          assertClose(name, actual, expected.doubles(name), RELATIVE);
        }
      }
    }
  }

  /** Noise predicted at pure noise has no picture: refused, not infinite. */
  @TestFactory
  Stream<DynamicTest> pureNoiseNeedsAnotherPrediction() throws IOException {
    return cases(
        c -> {
          Tensor x = c.input("batch.0.x0");
          int[] last = new int[Math.toIntExact(x.size(0))];
          Arrays.fill(last, c.noisy.schedule().timesteps() - 1);
          assertThatThrownBy(() -> c.noisy.clean(Prediction.EPSILON, x, x, last))
              .hasMessageContaining("pure noise");
        });
  }
}
