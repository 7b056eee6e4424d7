package org.sememe.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;
import org.sememe.tensors.testing.LeakMeter;

/** The step's hand-made gradients against autograd, and what must hold over many steps. */
class TrainStepTest {
  private static final long SEED = 31;

  @BeforeAll
  static void start() {
    Torch.start(2);
    System.out.println("TrainStepTest: seed " + SEED);
  }

  private static TrainOptions options(int latents, int k, int batch, double alpha, long dead) {
    return TrainOptions.of(latents, k, 100L * batch)
        .with("batch", Integer.toString(batch))
        .with("aux-alpha", Double.toString(alpha))
        .with("dead-tokens", Long.toString(dead))
        .with("aux-rows", Integer.toString(batch))
        .with("screening", "off")
        .with("clip", "0");
  }

  /** What a case is about: how the weights and rows are made. */
  enum Case {
    PLAIN,
    /** Equal encoder rows: equal pre-activations of several latents. */
    TIES,
    /** A large negative bias: fewer positive pre-activations than k. */
    FEW_POSITIVES
  }

  @ParameterizedTest
  @CsvSource({
    "7, 5, 13, 3, PLAIN, 0, 1000000",
    "24, 27, 101, 8, PLAIN, 0.03125, 10",
    "33, 61, 97, 97, PLAIN, 0.03125, 1",
    "17, 16, 64, 4, TIES, 0.03125, 20",
    "5, 2, 3, 1, PLAIN, 0.5, 1",
    "64, 128, 512, 32, FEW_POSITIVES, 0.03125, 1",
    "19, 35, 4099, 6, PLAIN, 0.03125, 1",
    "1, 9, 20, 5, FEW_POSITIVES, 0.03125, 1"
  })
  void gradientsAreThoseOfAutograd(
      int batch, int width, int latents, int k, Case made, double alpha, long deadTokens) {
    TrainOptions options = options(latents, k, batch, alpha, deadTokens);
    RandomStream random = RandomStream.of(SEED).stream(batch + "x" + width + "x" + latents);
    try (Arena arena = Arena.ofShared();
        TrainState state = TrainState.initial(options, width);
        TrainStep step = new TrainStep(state, options, options.plan(width), 2);
        PointerScope scope = new PointerScope()) {
      disturb(state, made, random);
      MemorySegment x = arena.allocate(ValueLayout.JAVA_FLOAT, (long) batch * width);
      random.fillNormal(x, 1);
      boolean[] deadBefore = deadAfter(state, x, options, batch, width);
      Map<String, double[]> expected = autograd(state, x, options, batch, width, deadBefore);

      Map<String, Tensor> before = Map.of("W_dec", state.tensor("W_dec").clone());
      step.step(x);

      compare("W_enc", firstGradient(state, "W_enc", options), expected.get("W_enc"));
      compare("b_enc", firstGradient(state, "b_enc", options), expected.get("b_enc"));
      compare("b_dec", firstGradient(state, "b_dec", options), expected.get("b_dec"));
      double[] projected = project(expected.get("W_dec"), before.get("W_dec"), latents, width);
      compare("W_dec", firstGradient(state, "W_dec", options), projected);
    }
  }

  private static void disturb(TrainState state, Case made, RandomStream random) {
    random.fillNormal(state.memory("b_enc"), 0.1f);
    random.fillNormal(state.memory("b_dec"), 0.3f);
    if (made == Case.FEW_POSITIVES) {
      state.tensor("b_enc").sub_(new Scalar(2));
    }
    if (made == Case.TIES) {
      Tensor encoder = state.tensor("W_enc");
      Tensor bias = state.tensor("b_enc");
      for (long latent = 1; latent < state.latents(); latent += 2) {
        encoder.select(0, latent).copy_(encoder.select(0, latent - 1));
        bias.select(0, latent).copy_(bias.select(0, latent - 1));
      }
    }
  }

  private static Tensor tensor(MemorySegment x, int batch, int width) {
    return TensorMemory.tensor(x, ScalarType.Float, batch, width);
  }

  /** The codes of the batch in double, dense, by a plain loop: of equal values the lower latent. */
  private static double[][] codes(Tensor preActivations, int k) {
    int rows = (int) preActivations.size(0);
    int latents = (int) preActivations.size(1);
    double[] p = TensorMemory.doubles(preActivations);
    double[][] codes = new double[rows][latents];
    for (int row = 0; row < rows; row++) {
      int at = row * latents;
      List<Integer> order = new ArrayList<>();
      for (int latent = 0; latent < latents; latent++) {
        order.add(latent);
      }
      order.sort(java.util.Comparator.comparingDouble(latent -> -p[at + latent]));
      for (int latent : order.subList(0, k)) {
        codes[row][latent] = Math.max(0, p[at + latent]);
      }
    }
    return codes;
  }

  private static Tensor preActivations(TrainState state, Tensor x) {
    return torch.addmm(
        state.tensor("b_enc"), x.sub(state.tensor("b_dec")), state.tensor("W_enc").t());
  }

  private static boolean[] deadAfter(
      TrainState state, MemorySegment x, TrainOptions options, int batch, int width) {
    double[][] codes = codes(preActivations(state, tensor(x, batch, width)), options.k());
    boolean[] dead = new boolean[options.latents()];
    for (int latent = 0; latent < dead.length; latent++) {
      boolean fired = false;
      for (double[] row : codes) {
        fired |= row[latent] > 0;
      }
      dead[latent] = !fired && batch >= options.deadTokens().orElseThrow();
    }
    return dead;
  }

  /** The loss as libtorch differentiates it, in double precision. */
  private static Map<String, double[]> autograd(
      TrainState state,
      MemorySegment rows,
      TrainOptions options,
      int batch,
      int width,
      boolean[] dead) {
    Tensor x = tensor(rows, batch, width).to(ScalarType.Double);
    Tensor encoder = leaf(state.tensor("W_enc"));
    Tensor encoderBias = leaf(state.tensor("b_enc"));
    Tensor decoder = leaf(state.tensor("W_dec"));
    Tensor decoderBias = leaf(state.tensor("b_dec"));
    Tensor p = x.sub(decoderBias).matmul(encoder.t()).add(encoderBias);
    double[][] main = codes(preActivations(state, tensor(rows, batch, width)), options.k());
    Tensor z = p.mul(mask(main));
    Tensor reconstruction = z.matmul(decoder).add(decoderBias);
    Tensor loss = x.sub(reconstruction).square().sum().div(new Scalar(batch));
    int count = 0;
    for (boolean one : dead) {
      count += one ? 1 : 0;
    }
    if (options.auxAlpha() > 0 && count > 0) {
      Tensor hidden = preActivations(state, tensor(rows, batch, width)).clone();
      for (int latent = 0; latent < dead.length; latent++) {
        if (!dead[latent]) {
          hidden.select(1, latent).fill_(new Scalar(-1e9));
        }
      }
      int most = Math.min(options.plan(width).auxK(), count);
      Tensor aux = p.mul(mask(codes(hidden, most))).matmul(decoder);
      Tensor error = x.sub(reconstruction).detach();
      Tensor spread = error.sub(error.mean(0)).square().sum();
      if (spread.item_double() > 0) {
        Tensor ratio = aux.sub(error).square().sum().div(spread);
        loss = loss.add(ratio.mul(new Scalar(options.auxAlpha())));
      }
    }
    TensorVector gradients =
        torch.grad(
            new TensorVector(loss),
            new TensorVector(encoder, encoderBias, decoder, decoderBias),
            new TensorVector(),
            new BoolOptional(false),
            false,
            false);
    return Map.of(
        "W_enc", TensorMemory.doubles(gradients.get(0)),
        "b_enc", TensorMemory.doubles(gradients.get(1)),
        "W_dec", TensorMemory.doubles(gradients.get(2)),
        "b_dec", TensorMemory.doubles(gradients.get(3)));
  }

  private static Tensor leaf(Tensor weights) {
    Tensor leaf = weights.to(ScalarType.Double);
    leaf.set_requires_grad(true);
    return leaf;
  }

  private static Tensor mask(double[][] codes) {
    float[] flat = new float[codes.length * codes[0].length];
    for (int row = 0; row < codes.length; row++) {
      for (int latent = 0; latent < codes[0].length; latent++) {
        flat[row * codes[0].length + latent] = codes[row][latent] > 0 ? 1 : 0;
      }
    }
    return TensorMemory.floats(flat, codes.length, codes[0].length).to(ScalarType.Double);
  }

  private static double[] project(double[] gradient, Tensor decoder, int latents, int width) {
    double[] rows = TensorMemory.doubles(decoder);
    double[] projected = gradient.clone();
    for (int latent = 0; latent < latents; latent++) {
      double squared = 0;
      double along = 0;
      for (int j = latent * width; j < (latent + 1) * width; j++) {
        squared += rows[j] * rows[j];
        along += rows[j] * gradient[j];
      }
      for (int j = latent * width; j < (latent + 1) * width; j++) {
        projected[j] -= along * rows[j] / squared;
      }
    }
    return projected;
  }

  /** After one step from moments of 0 the first moment is a share of the gradient. */
  private static double[] firstGradient(TrainState state, String name, TrainOptions options) {
    double[] moment = TensorMemory.doubles(state.tensor(name + ".exp_avg"));
    return Arrays.stream(moment).map(m -> m / (1 - options.beta1())).toArray();
  }

  /** Every architecture with every nesting: the loss's stages by plain sums, through autograd. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "batchtopk; 0; none",
        "topk; 1/8; none",
        "topk; 0; 1/4,1/4,1/2",
        "batchtopk; 0; 1/32,1/16,1/8,1/4,17/32",
        "batchtopk; 0; 1/2,1/2"
      })
  void gradientsOfNestedLossesAreThoseOfAutograd(
      String architecture, String multiTopK, String matryoshka) {
    int batch = 37;
    int width = 23;
    int latents = 130;
    TrainOptions options =
        options(latents, 5, batch, 0, 1_000_000)
            .with("architecture", architecture)
            .with("multi-top-k", multiTopK)
            .with("matryoshka", matryoshka);
    RandomStream random = RandomStream.of(SEED).stream(architecture + multiTopK + matryoshka);
    try (Arena arena = Arena.ofShared();
        TrainState state = TrainState.initial(options, width);
        TrainStep step = new TrainStep(state, options, options.plan(width), 2);
        PointerScope scope = new PointerScope()) {
      disturb(state, Case.PLAIN, random);
      MemorySegment rows = arena.allocate(ValueLayout.JAVA_FLOAT, (long) batch * width);
      random.fillNormal(rows, 1);
      Tensor x = tensor(rows, batch, width).to(ScalarType.Double);
      Nesting nesting = options.plan(width).nesting();
      double[][] all =
          architecture.equals("topk")
              ? codes(preActivations(state, tensor(rows, batch, width)), options.places())
              : batchCodes(preActivations(state, tensor(rows, batch, width)), 5 * batch);
      Tensor encoder = leaf(state.tensor("W_enc"));
      Tensor encoderBias = leaf(state.tensor("b_enc"));
      Tensor decoder = leaf(state.tensor("W_dec"));
      Tensor decoderBias = leaf(state.tensor("b_dec"));
      Tensor p = x.sub(decoderBias).matmul(encoder.t()).add(encoderBias);
      Tensor loss = torch.zeros(1).to(ScalarType.Double);
      for (int stage = 0; stage < nesting.stages(); stage++) {
        Tensor z = p.mul(mask(upTo(stage, nesting, all)));
        Tensor error = x.sub(z.matmul(decoder)).sub(decoderBias);
        double weight = nesting.weights().get(stage) / batch;
        loss = loss.add(error.square().sum().mul(new Scalar(weight)));
      }
      TensorVector expected =
          torch.grad(
              new TensorVector(loss),
              new TensorVector(encoder, encoderBias, decoder, decoderBias),
              new TensorVector(),
              new BoolOptional(false),
              false,
              false);
      Tensor before = state.tensor("W_dec").clone();

      StepFigures figures = step.step(rows);

      double wanted = loss.item_double();
      assertThat(figures.loss()).isCloseTo(wanted, within(1e-5 * wanted));
      compare("W_enc", firstGradient(state, "W_enc", options), doubles(expected.get(0)));
      compare("b_enc", firstGradient(state, "b_enc", options), doubles(expected.get(1)));
      double[] projected = project(doubles(expected.get(2)), before, latents, width);
      compare("W_dec", firstGradient(state, "W_dec", options), projected);
      compare("b_dec", firstGradient(state, "b_dec", options), doubles(expected.get(3)));
    }
  }

  private static double[] doubles(Tensor tensor) {
    return TensorMemory.doubles(tensor);
  }

  /** The n largest positive of the whole batch. */
  private static double[][] batchCodes(Tensor preActivations, int n) {
    double[] p = TensorMemory.doubles(preActivations);
    double least =
        Arrays.stream(p).map(v -> -v).sorted().skip(n - 1).map(v -> -v).findFirst().orElseThrow();
    int latents = (int) preActivations.size(1);
    double[][] codes = new double[(int) preActivations.size(0)][latents];
    for (int i = 0; i < p.length; i++) {
      codes[i / latents][i % latents] = p[i] >= least ? Math.max(0, p[i]) : 0;
    }
    return codes;
  }

  /** The codes that a stage's reconstruction is made of, told by the definition. */
  private static double[][] upTo(int stage, Nesting nesting, double[][] all) {
    double[][] some = new double[all.length][];
    for (int row = 0; row < all.length; row++) {
      double[] codes = all[row];
      some[row] = codes.clone();
      for (int latent = 0; latent < codes.length; latent++) {
        double value = codes[latent];
        int mine =
            switch (nesting.rule()) {
              case Nesting.Rule.None() -> 0;
              case Nesting.Rule.ByRank(int first) ->
                  Arrays.stream(codes).filter(v -> v > value).count() < first ? 0 : 1;
              case Nesting.Rule.ByLatent(List<Integer> ends) -> {
                int at = latent;
                yield (int) ends.stream().filter(end -> at >= end).count();
              }
            };
        some[row][latent] = mine <= stage ? value : 0;
      }
    }
    return some;
  }

  /** The norm of the difference, relative to the norm. */
  private static void compare(String what, double[] actual, double[] expected) {
    double difference = 0;
    double whole = 0;
    for (int i = 0; i < expected.length; i++) {
      difference += (actual[i] - expected[i]) * (actual[i] - expected[i]);
      whole += expected[i] * expected[i];
    }
    assertThat(Math.sqrt(difference))
        .as("error of the gradient of %s, whose norm is %s", what, Math.sqrt(whole))
        .isLessThanOrEqualTo(1e-5 * Math.sqrt(whole));
  }

  @Test
  void stepsReduceTheLossAndKeepDecoderRowsAtNormOne() {
    int batch = 128;
    int width = 24;
    TrainOptions options = options(96, 4, batch, 1.0 / 32, 1_000).with("lr", "0.003");
    try (Arena arena = Arena.ofShared();
        TrainState state = TrainState.initial(options, width);
        TrainStep step = new TrainStep(state, options, options.plan(width), 2);
        PointerScope scope = new PointerScope()) {
      MemorySegment x = arena.allocate(ValueLayout.JAVA_FLOAT, (long) batch * width);
      SeededRows rows = new SeededRows(SEED, width);
      rows.next(x);
      double first = step.step(x).fvu();
      double last = first;
      for (int n = 1; n < 100; n++) {
        rows.next(x);
        last = step.step(x).fvu();
      }
      assertThat(last).isLessThan(0.5 * first);
      for (double norm : TensorMemory.doubles(state.tensor("W_dec").square().sum(1))) {
        assertThat(norm).isBetween(1 - 1e-5, 1 + 1e-5);
      }
    }
  }

  @Test
  void theSameSeedGivesTheSameBytesForAnyNumberOfWorkers() {
    assertThat(trained(1)).usingRecursiveComparison().isEqualTo(trained(1)).isEqualTo(trained(3));
  }

  private static List<float[]> trained(int threads) {
    int batch = 64;
    int width = 19;
    TrainOptions options = options(70, 5, batch, 1.0 / 32, 100);
    try (Arena arena = Arena.ofShared();
        TrainState state = TrainState.initial(options, width);
        TrainStep step = new TrainStep(state, options, options.plan(width), threads)) {
      MemorySegment x = arena.allocate(ValueLayout.JAVA_FLOAT, (long) batch * width);
      SeededRows rows = new SeededRows(SEED, width);
      for (int n = 0; n < 20; n++) {
        rows.next(x);
        step.step(x);
      }
      return state.tensors().values().stream().map(TensorMemory::floats).toList();
    }
  }

  @Test
  void aThousandStepsLeaveNativeMemoryFlat() throws Exception {
    int batch = 64;
    int width = 32;
    TrainOptions options = options(256, 8, batch, 1.0 / 32, 1);
    try (Arena arena = Arena.ofShared();
        TrainState state = TrainState.initial(options, width);
        TrainStep step = new TrainStep(state, options, options.plan(width), 2)) {
      MemorySegment x = arena.allocate(ValueLayout.JAVA_FLOAT, (long) batch * width);
      SeededRows rows = new SeededRows(SEED, width);
      rows.next(x);
      LeakMeter.assertFlat(1_000, 64L << 20, () -> step.step(x));
    }
  }
}
