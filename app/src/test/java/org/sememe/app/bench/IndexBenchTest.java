package org.sememe.app.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.activations.ActivationStore;
import org.sememe.models.LanguageModel;
import org.sememe.models.Models;
import org.sememe.models.TokenBatch;
import org.sememe.models.testing.TinyModel;
import org.sememe.sae.Sae;
import org.sememe.sae.SaeFiles;
import org.sememe.tensors.Torch;
import org.sememe.training.BatchSource;
import org.sememe.training.NonFinite;
import org.sememe.training.Provenance;
import org.sememe.training.StoreBatches;
import org.sememe.training.TrainOptions;
import org.sememe.training.Trainer;
import org.sememe.training.TrainingRun;

/** The report's numbers belong together, and nothing is left behind. */
class IndexBenchTest {
  private static final String HOOK = TinyStore.HOOK;

  @TempDir private Path folder;

  @Test
  void theReportAddsUp() throws IOException {
    Torch.start(2);
    try (LanguageModel model = Models.open(TinyModel.write(folder.resolve("model"), 3));
        ActivationStore store =
            ActivationStore.open(TinyStore.harvest(model, folder.resolve("store")));
        Sae sae = trained(store)) {
      IndexInputs inputs = new IndexInputs(sae, store, model);
      long rows = inputs.rows();
      assertThat(rows).isGreaterThan(1000);
      List<TokenBatch> sample = inputs.sample(200);
      assertThat(sample.stream().mapToInt(TokenBatch::tokens).sum())
          .isBetween(200, 200 + TinyStore.CONTEXT);
      assertThat(inputs.tokensPerRow()).isBetween(1.0, 1.2);
      AtomicInteger rounds = new AtomicInteger();
      long before = temporaries();

      Map<String, Object> fields = new IndexBench(10_000, 3, 200, 20, 2).run(inputs, rounds::set);

      assertThat(temporaries()).isEqualTo(before);
      assertThat(rounds).hasValue(3);
      assertThat(fields).containsEntry("tokens", rows).containsEntry("latents", 64);
      double index = number(fields, "index_s");
      double encode = number(fields, "encode_s");
      double forward = number(fields, "forward_s");
      assertThat(encode).isPositive();
      assertThat(forward).isPositive();
      assertThat(number(fields, "index_over_encode")).isCloseTo(index / encode, within(1e-9));
      assertThat(number(fields, "index_added_share"))
          .isCloseTo(index / (forward + encode), within(1e-9));
      assertThat(number(fields, "tokens_per_s") * index).isCloseTo(rows, within(1e-6 * rows));
      assertThat(number(fields, "size_mb")).isBetween(0.01, 100.0);
      Map<?, ?> stages = (Map<?, ?>) fields.get("stages");
      assertThat(stages.keySet().stream().map(Object::toString))
          .containsExactly("text_s", "encode_s", "relations_s", "write_s");
      assertThat(stages.values()).allSatisfy(s -> assertThat((Double) s).isPositive());
      for (String question : List.of("list_ms", "feature_ms")) {
        Map<?, ?> times = (Map<?, ?>) fields.get(question);
        assertThat((Double) times.get("median")).isPositive();
        assertThat((Double) times.get("p99")).isGreaterThanOrEqualTo((Double) times.get("median"));
      }
      Map<String, Object> few = new IndexBench(300, 1, 200, 1, 2).run(inputs, done -> {});
      assertThat((Long) few.get("tokens"))
          .isBetween(300L, 300L + TinyStore.CONTEXT); // whole contexts
    }
  }

  @Test
  void nothingToDoIsRefused() {
    assertThatThrownBy(() -> new IndexBench(10, 0, 10, 10, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("repetitions");
  }

  @Test
  void quantilesAreOrderStatistics() {
    List<Double> values = IntStream.rangeClosed(1, 200).mapToObj(i -> (double) (201 - i)).toList();
    assertThat(Quantile.of(values, 0.99)).isEqualTo(198);
    assertThat(Quantile.of(values, 1)).isEqualTo(200);
    assertThat(Quantile.of(values, 0.001)).isEqualTo(1);
    assertThat(Median.of(values, Double::doubleValue)).isEqualTo(100.5);
  }

  private static double number(Map<String, Object> fields, String name) {
    return (Double) fields.get(name);
  }

  private static long temporaries() throws IOException {
    try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      return files.filter(f -> f.getFileName().toString().startsWith("sememe-bench")).count();
    }
  }

  private Sae trained(ActivationStore store) throws IOException {
    TrainingRun run =
        TrainingRun.create(
            folder.resolve("run"), new Provenance(HOOK, "tiny", "", "text", "", Map.of()));
    TrainOptions options =
        TrainOptions.of(64, 4, 128 * 20).with("batch", "128").with("sample-rows", "512");
    try (BatchSource rows = new StoreBatches(store, HOOK, 0, NonFinite.SKIP)) {
      Trainer.train(run, rows, options, progress -> {}, () -> false);
    }
    return SaeFiles.load(run.dictionary());
  }
}
