package org.sememe.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sememe.sae.dictionary.Decoding;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.sae.dictionary.SparseCoder;
import org.sememe.sae.formats.DictionaryFiles;
import org.sememe.tensors.Sha256;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;

/** Transcoders and crosscoders on rows of parts that planted features write to. */
class PlantedPartsTest {
  private static final long SEED = 1_618;
  private static final int FEATURES = 32;
  private static final int INPUTS = 20;
  private static final int OUTPUTS = 16;
  private static final int LATENTS = 48;
  private static final int K = 3;
  private static final int ROWS = 4096;

  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    System.out.println("Planted parts: seed " + SEED);
    Torch.start(2);
  }

  private static TrainOptions options(String kind, Map<String, String> more) {
    Map<String, String> all =
        new LinkedHashMap<>(
            Map.of(
                "kind", kind,
                "architecture", "batchtopk",
                "batch", "256",
                "lr", "0.004",
                "sample-rows", "1024",
                "dead-tokens", "20000",
                "checkpoint-every", "50",
                "input-scale", "unit"));
    all.putAll(more);
    return TrainOptions.of(LATENTS, K, 256L * 600).with(all);
  }

  private TrainingRun train(String name, BatchSource source, TrainOptions options)
      throws IOException {
    TrainingRun run = run(name, options);
    assertThat(Trainer.train(run, source, options, at -> {}, () -> false).finished()).isTrue();
    return run;
  }

  private TrainingRun run(String name, TrainOptions options) throws IOException {
    boolean target = options.sites().kind() == SiteOptions.Reading.TRANSCODER;
    return TrainingRun.create(
        folder.resolve(name),
        new Provenance(
            target ? "a" : "a,b",
            "tiny",
            "00",
            "planted",
            "11",
            target ? Map.of(Provenance.TARGET, "b") : Map.of()));
  }

  private static Tensor rows(BatchSource source) {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment memory = arena.allocate(ValueLayout.JAVA_FLOAT, (long) ROWS * source.width());
      source.seek(1L << 40); // none that was trained on
      source.next(memory);
      return TensorMemory.copy(memory, ScalarType.Float, ROWS, source.width());
    }
  }

  private static double fvu(Tensor made, Tensor target) {
    return target.sub(made).square().sum().item_double()
        / target.sub(target.mean(0)).square().sum().item_double();
  }

  private static Tensor tensor(float[][] rows) {
    float[] all = new float[rows.length * rows[0].length];
    for (int i = 0; i < all.length; i++) {
      all[i] = rows[i / rows[0].length][i % rows[0].length];
    }
    return TensorMemory.floats(all, rows.length, rows[0].length);
  }

  private static Tensor norms(Tensor rows) {
    return rows.norm(new ScalarOptional(new Scalar(2.0)), new long[] {1}, true);
  }

  private static Tensor unit(Tensor rows) {
    return rows.div(norms(rows).add(new Scalar(1e-12)));
  }

  private static Tensor decoder(Dictionary dictionary) {
    return ((Decoding.Joint) ((SparseCoder) dictionary).parts().decoding()).weight();
  }

  /** Fraction of the target's variance that the saved transcoder leaves. */
  private static double left(TrainingRun run, Tensor rows) throws IOException {
    try (Dictionary saved = DictionaryFiles.open(run.dictionary())) {
      Tensor x = rows.narrow(1, 0, INPUTS).contiguous();
      return fvu(saved.decode(saved.encode(x), x), rows.narrow(1, INPUTS, OUTPUTS));
    }
  }

  private static PlantedParts pairs(boolean shuffled) {
    return new PlantedParts(
        SEED,
        new float[][][] {
          PlantedParts.directions(SEED, "in", FEATURES, INPUTS),
          PlantedParts.directions(SEED, "out", FEATURES, OUTPUTS)
        },
        1.5,
        shuffled);
  }

  /**
   * More features than dimensions: no linear map tells them apart, and of rows with codes of their
   * own on each side there is nothing to learn.
   */
  @ParameterizedTest
  @ValueSource(strings = {"batchtopk", "topk", "jumprelu"})
  void aTranscoderFindsWhatTurnsOneIntoTheOther(String architecture) throws IOException {
    TrainOptions options = options("transcoder", Map.of("architecture", architecture));
    try (PointerScope scope = new PointerScope();
        PlantedParts source = pairs(false);
        PlantedParts control = pairs(true)) {
      TrainingRun run = train("planted", source, options);
      Tensor held = rows(source);
      double learned = left(run, held);
      double shuffled = left(train("control", control, options), rows(control));
      double linear = linear(held);
      Tensor truth = tensor(PlantedParts.directions(SEED, "out", FEATURES, OUTPUTS));
      double found;
      try (Dictionary saved = DictionaryFiles.open(run.dictionary())) {
        assertThat(saved.facts().kind().key()).isEqualTo("transcoder");
        found = truth.matmul(unit(decoder(saved)).t()).max(1).get0().mean().item_double();
      }
      System.out.printf(
          "transcoder, %s: fvu %.3f, least squares %.3f, shuffled %.3f, directions %.3f%n",
          architecture, learned, linear, shuffled, found);
      assertThat(shuffled).isGreaterThan(0.9);
      assertThat(learned).isLessThan(0.5 * linear);
      assertThat(found).isGreaterThan(0.9);
    }
  }

  /** The best affine map's, on the rows that it was fitted to. */
  private static double linear(Tensor rows) {
    Tensor x = rows.narrow(1, 0, INPUTS);
    Tensor y = rows.narrow(1, INPUTS, OUTPUTS);
    Tensor centred = x.sub(x.mean(0));
    Tensor wanted = y.sub(y.mean(0));
    Tensor gram = centred.t().matmul(centred);
    Tensor map = torch.linalg_solve(gram, centred.t().matmul(wanted));
    return fvu(centred.matmul(map), wanted);
  }

  /** A dense linear part, which latents would have to share out, is what the skip path takes. */
  @Test
  void aSkipPathTakesWhatIsLinear() throws IOException {
    float[][] in = PlantedParts.directions(SEED, "in", FEATURES, INPUTS);
    float[][] mixed = PlantedParts.directions(SEED, "out", FEATURES, OUTPUTS);
    float[][] map = PlantedParts.directions(SEED, "map", OUTPUTS, INPUTS);
    for (int feature = 0; feature < FEATURES; feature++) {
      for (int j = 0; j < OUTPUTS; j++) {
        for (int i = 0; i < INPUTS; i++) {
          mixed[feature][j] += 2 * map[j][i] * in[feature][i];
        }
      }
    }
    try (PointerScope scope = new PointerScope();
        PlantedParts source = new PlantedParts(SEED, new float[][][] {in, mixed}, 6, false)) {
      Tensor held = rows(source);
      double without = left(train("without", source, options("transcoder", Map.of())), held);
      source.seek(0);
      TrainingRun run = train("with", source, options("transcoder", Map.of("skip", "true")));
      double with = left(run, held);
      System.out.printf("skip: fvu %.3f without, %.3f with%n", without, with);
      assertThat(with).isLessThan(0.6 * without);
      try (Dictionary saved = DictionaryFiles.open(run.dictionary())) {
        assertThat(saved.facts().architecture()).isEqualTo("jumprelu_skip_transcoder");
      }
    }
  }

  /** A third of the features write to both parts, a third to each alone. */
  private static PlantedParts shared() {
    float[][] first = PlantedParts.directions(SEED, "first", FEATURES, INPUTS);
    float[][] second = PlantedParts.directions(SEED, "second", FEATURES, INPUTS);
    for (int feature = 0; feature < FEATURES; feature++) {
      switch (feature % 3) {
        case 1 -> second[feature] = new float[INPUTS];
        case 2 -> first[feature] = new float[INPUTS];
        default -> {}
      }
      for (int j = 0; j < INPUTS; j++) {
        second[feature][j] *= 4; // another scale, as later layers have
      }
    }
    return new PlantedParts(SEED, new float[][][] {first, second}, 2, false);
  }

  @ParameterizedTest
  @ValueSource(strings = {"batchtopk", "topk", "relu"})
  void aCrosscoderTellsSharedFeaturesFromThoseOfOnePart(String architecture) throws IOException {
    Map<String, String> more = new LinkedHashMap<>(Map.of("architecture", architecture));
    if (architecture.equals("relu")) {
      more.put("penalty-weight", "0.05");
    }
    TrainOptions options = options("crosscoder", more);
    try (PointerScope scope = new PointerScope();
        PlantedParts source = shared()) {
      TrainingRun run = train("crosscoder", source, options);
      Tensor held = rows(source);
      try (Dictionary saved = DictionaryFiles.open(run.dictionary())) {
        Tensor x = held.reshape(ROWS, 2, INPUTS);
        double left = fvu(saved.decode(saved.encode(x), x), x);
        Tensor parts = decoder(saved).reshape(-1, 2, INPUTS);
        Tensor first = parts.select(1, 0);
        Tensor second = parts.select(1, 1).div(new Scalar(4.0));
        double both = 0;
        double one = 0;
        double cosines = 0;
        for (int feature = 0; feature < FEATURES; feature++) {
          Tensor truth = truth(source, feature);
          Tensor rows = torch.cat(new TensorVector(first, second), 1);
          Tensor match = unit(rows).matmul(truth).max(0, false).get1();
          long latent = match.item_long();
          cosines += unit(rows).matmul(truth).max().item_double() / FEATURES;
          double a = first.select(0, latent).norm().item_double();
          double b = second.select(0, latent).norm().item_double();
          double lesser = Math.min(a, b) / (a + b);
          if (feature % 3 == 0) {
            both += lesser / ((FEATURES + 2) / 3);
          } else {
            one += lesser / (FEATURES - (FEATURES + 2) / 3);
          }
        }
        System.out.printf(
            "crosscoder, %s: fvu %.3f, directions %.3f, lesser share %.3f shared, %.3f of one%n",
            architecture, left, cosines, both, one);
        assertThat(left).isLessThan(0.25);
        assertThat(cosines).isGreaterThan(0.9);
        assertThat(both).isGreaterThan(0.4);
        assertThat(one).isLessThan(0.1);
      }
    }
  }

  /** A feature's direction in both parts, of norm 1, in the parts' own scales. */
  private static Tensor truth(PlantedParts source, int feature) {
    float[] row = source.direction(feature);
    for (int j = INPUTS; j < 2 * INPUTS; j++) {
      row[j] /= 4;
    }
    return unit(TensorMemory.floats(row, 1, 2L * INPUTS)).reshape(-1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"transcoder", "crosscoder"})
  void aRunStoppedAgainAndAgainGivesTheSameBytes(String kind) throws IOException {
    TrainOptions options =
        options(kind, Map.of("tokens", "30000", "checkpoint-every", "7"))
            .with("skip", Boolean.toString(kind.equals("transcoder")));
    try (PlantedParts source = shared()) {
      TrainingRun whole = train("whole", source, options);
      TrainingRun stopped = run("stopped", options);
      int[] steps = {0};
      source.seek(0);
      Trainer.train(stopped, source, options, at -> {}, () -> ++steps[0] % 23 == 0);
      assertThat(stopped.finished()).isFalse();
      while (!stopped.finished()) {
        try (PlantedParts again = shared()) {
          Trainer.resume(
              TrainingRun.open(stopped.folder()), again, at -> {}, () -> ++steps[0] % 23 == 0);
        }
      }
      assertThat(weights(stopped)).isEqualTo(weights(whole));
    }
  }

  private static String weights(TrainingRun run) throws IOException {
    return Sha256.of(run.dictionary().resolve("sae_weights.safetensors"));
  }

  @Test
  void rowsThatDoNotFitTheKindAreRefused() {
    try (PlantedParts uneven = pairs(false);
        SeededRows one = new SeededRows(1, 12)) {
      assertThatThrownBy(() -> train("a", uneven, options("crosscoder", Map.of())))
          .hasMessage("kind=crosscoder needs hook points of one width, not of [20, 16]");
      assertThatThrownBy(() -> train("b", uneven, TrainOptions.of(LATENTS, K, 1000)))
          .hasMessage("kind=autoencoder reads one hook point, and rows are of 2 hook points");
      assertThatThrownBy(() -> train("c", one, options("transcoder", Map.of())))
          .hasMessage(
              "kind=transcoder needs an input and a target, and rows are of one hook point");
    }
  }
}
