package org.sememe.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.sememe.sae.Sae;
import org.sememe.sae.SaeFiles;
import org.sememe.tensors.Torch;
import org.sememe.training.recipes.Recipe;
import org.sememe.training.recipes.Recipes;

/** Every recipe on rows that can be learned. */
class RecipeRunsTest {
  private static final long SEED = 11;
  private static final int WIDTH = 16;
  private static final int USUAL_WIDTH = 576;

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  static Stream<Recipe> recipes() {
    return Recipes.all().stream() // what needs a model: EndToEndTest
        .filter(recipe -> !recipe.values().containsKey("end-to-end"));
  }

  @ParameterizedTest
  @MethodSource("recipes")
  void theErrorFallsAndTheNameIsKept(Recipe recipe, @TempDir Path folder) throws IOException {
    Map<String, String> changes =
        new HashMap<>(Map.of("batch", "64", "sample-rows", "512", "recipe", recipe.name()));
    if ("width".equals(recipe.values().get("input-scale"))) {
      // there a weight is small or large beside the number of dimensions, of which there are few
      double weight = Double.parseDouble(recipe.values().get("penalty-weight"));
      changes.put("penalty-weight", Double.toString(weight * WIDTH / USUAL_WIDTH));
    }
    TrainOptions options = TrainOptions.of(48, 4, 200 * 64).with(changes);
    Provenance provenance = new Provenance("h", "tiny", "00", "seeded rows", "11", Map.of());
    TrainingRun run = TrainingRun.create(folder.resolve("run"), provenance);
    List<Double> errors = new ArrayList<>();
    TrainResult result;
    try (SeededRows rows = new SeededRows(SEED, WIDTH)) {
      result = Trainer.train(run, rows, options, at -> errors.add(at.fvu()), () -> false);
    }
    assertThat(result.finished()).isTrue();
    assertThat(errors).hasSize(200).allMatch(Double::isFinite);
    assertThat(mean(errors.subList(180, 200)))
        .as("FVU at the end, seed %d", SEED)
        .isLessThan(0.8 * mean(errors.subList(0, 5)));
    assertThat(TrainingRun.open(run.folder()).options()).hasValue(options);
    try (Sae sae = SaeFiles.load(run.dictionary())) {
      assertThat(sae.config().metadata().get("sememe_options"))
          .isInstanceOfSatisfying(
              Map.class, kept -> assertThat(kept.get("recipe")).isEqualTo(recipe.name()));
    }
  }

  private static double mean(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
  }
}
