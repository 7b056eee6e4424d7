package org.sememe.app.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;
import org.sememe.tensors.testing.TensorAssertions;
import org.sememe.training.BatchSource;
import org.sememe.training.TrainOptions;

/** What is compared does the same job, and the report is what scripts read. */
class TrainBenchTest {
  private static final int WIDTH = 40;

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  private static TrainOptions options() {
    return TrainOptions.of(150, 6, 64 * 100)
        .with("batch", "64")
        .with("aux-alpha", "0")
        .with("sample-rows", "256")
        .with("lr", "2e-4")
        .with("warmup-steps", "0")
        .with("decay-steps", "0");
  }

  @Test
  void allContendersArriveAtTheSameWeights() {
    try (Arena arena = Arena.ofShared();
        BatchSource rows = TrainBench.synthetic(WIDTH);
        SparseStep own = new SparseStep(options(), WIDTH, 2);
        RivalStep dense = new RivalStep(new DenseAutograd(), options(), WIDTH, own.state());
        RivalStep gathered =
            new RivalStep(new GatheredGradients(), options(), WIDTH, own.state())) {
      MemorySegment x = arena.allocate(ValueLayout.JAVA_FLOAT, 64L * WIDTH);
      Tensor before = own.state().tensors().get("W_enc").clone();
      for (int step = 0; step < 4; step++) {
        rows.next(x);
        own.step(x);
        dense.step(x);
        gathered.step(x);
      }
      Map<String, Tensor> ours = own.state().tensors();
      double moved = ours.get("W_enc").sub(before).abs().max().item_double();
      assertThat(moved).isGreaterThan(2e-4);
      for (RivalWeights rival : new RivalWeights[] {dense.weights(), gathered.weights()}) {
        TensorAssertions.assertClose("W_enc", ours.get("W_enc"), rival.encoder, 2e-5);
        TensorAssertions.assertClose("b_enc", ours.get("b_enc"), rival.encoderBias, 2e-2);
        TensorAssertions.assertClose("W_dec", ours.get("W_dec"), rival.decoder, 2e-5);
        TensorAssertions.assertClose("b_dec", ours.get("b_dec"), rival.decoderBias, 2e-2);
      }
      before.close();
    }
  }

  @Test
  void syntheticRowsHaveTheSpectrumTheyAreSaidToHave() {
    try (Arena arena = Arena.ofShared();
        BatchSource source = TrainBench.synthetic(WIDTH);
        PointerScope scope = new PointerScope()) {
      int n = 20_000;
      MemorySegment memory = arena.allocate(ValueLayout.JAVA_FLOAT, (long) n * WIDTH);
      source.next(memory);
      Tensor x = TensorMemory.tensor(memory, ScalarType.Float, n, WIDTH).to(ScalarType.Double);
      Tensor mean = x.mean(0);
      assertThat(mean.square().sum().item_double()).isCloseTo(0.5, within(0.02));
      Tensor centred = x.sub(mean);
      double[] variances =
          TensorMemory.doubles(
              torch.linalg_eigvalsh(
                  centred.t().matmul(centred).div(new org.bytedeco.pytorch.Scalar(n))));
      double whole = 0;
      for (double variance : variances) {
        whole += variance;
      }
      assertThat(whole).isCloseTo(0.5, within(0.02));
      for (int i : new int[] {1, 2, 5, 10, 40}) { // ascending: the largest comes last
        double expected = variances[WIDTH - 1] * Math.pow(i, -1.1);
        assertThat(variances[WIDTH - i]).isCloseTo(expected, within(0.1 * expected));
      }
    }
  }

  @Test
  void theReportHasItsFields() {
    AtomicInteger rounds = new AtomicInteger();
    try (BatchSource rows = TrainBench.synthetic(WIDTH)) {
      TrainBench bench = new TrainBench(options(), 2, 3, true, 0);
      Map<String, Object> fields = bench.run(rows, "rows", rounds::set);

      assertThat(rounds).hasValue(bench.rounds());
      assertThat(fields)
          .containsKeys(
              "shape",
              "gemm_s",
              "step_s",
              "dense_s",
              "gathered_s",
              "step_over_gemm",
              "dense_over_step",
              "gathered_over_step",
              "split",
              "screening",
              "tokens_per_s",
              "cpu");
      double step = (Double) fields.get("step_s");
      assertThat((Double) fields.get("dense_over_step") * step)
          .isCloseTo((Double) fields.get("dense_s"), within(1e-12));
      double parts =
          ((Map<?, ?>) fields.get("split")).values().stream().mapToDouble(v -> (Double) v).sum();
      assertThat(parts).isPositive().isLessThan(10 * step);
    }
  }

  @Test
  void deadLatentsAreAsManyAsWasSaid() {
    TrainOptions options = options().with("aux-alpha", "1/32").with("dead-tokens", "1000000");
    try (BatchSource rows = TrainBench.synthetic(WIDTH)) {
      Map<String, Object> fields =
          new TrainBench(options, 2, 2, false, 0.3).run(rows, "rows", round -> {});

      assertThat(fields).containsEntry("dead", 45);
      double step = (Double) fields.get("step_s");
      assertThat((Double) fields.get("aux_over_no_aux") * (Double) fields.get("no_aux_s"))
          .isCloseTo(step, within(1e-9));
    }
  }
}
