package org.sememe.analysis.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sememe.activations.Split;
import org.sememe.models.LanguageModel;
import org.sememe.models.Models;
import org.sememe.models.testing.TinyModel;
import org.sememe.sae.Sae;
import org.sememe.sae.SaeConfig;
import org.sememe.sae.SaeFiles;
import org.sememe.sae.Sparsity;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.sae.fold.RowNormalisation;
import org.sememe.sae.formats.DictionaryFiles;
import org.sememe.sae.formats.LoadOptions;
import org.sememe.sae.formats.export.ExportFormat;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;

/**
 * A dictionary spliced into a model predicts alike after it went through another library's files:
 * the tensors being close is not enough where positions, biases or scales could be taken wrong.
 */
class FormatSpliceTest {
  private static final long SEED = 6;
  private static final String HOOK = "blocks.1.hook_resid_post";
  private static final int LATENTS = 48;
  private static final int CONTEXTS = 6;
  private static final int LENGTH = 20;

  @TempDir Path folder;

  private LanguageModel model;
  private List<int[]> contexts;

  @BeforeEach
  void open() throws Exception {
    Torch.start(2);
    model = Models.open(TinyModel.write(folder.resolve("model"), SEED));
    RandomStream random = RandomStream.of(SEED);
    contexts = new ArrayList<>();
    for (int i = 0; i < CONTEXTS; i++) {
      contexts.add(random.ints(LENGTH, 0, TinyModel.VOCABULARY).toArray());
    }
  }

  @AfterEach
  void close() {
    model.close();
  }

  @ParameterizedTest
  @CsvSource({
    "sememe, topk, NONE",
    "saelens, topk, NONE",
    "sparsify, topk, NONE",
    "dictionary_learning, topk, NONE",
    "llamascopium, topk, NONE",
    "sememe, relu, NONE",
    "saelens, relu, NONE",
    "dictionary_learning, relu, NONE",
    "openai, relu, NONE",
    "llamascopium, relu, NONE",
    "saelens, jumprelu, NONE",
    "dictionary_learning, jumprelu, NONE",
    "llamascopium, jumprelu, NONE",
    "batchtopk_repo, jumprelu, NONE",
    "crosscode, jumprelu, NONE",
    "gemma_scope, jumprelu, NONE",
    "gemma_scope_2, jumprelu, NONE",
    "llama_scope, jumprelu, NONE",
    "goodfire, relu, NONE",
    "deepseek_r1, relu, NONE",
    "connor_rob, relu, NONE",
    "qwen_scope, topk, NONE",
    "batchtopk_repo, relu, LAYER_NORM",
    "sparsify, groupmax, NONE",
    "saelens, abstopk, NONE",
    "openai, topk, LAYER_NORM",
    "saelens, topk, LAYER_NORM",
    "saelens, relu, CONSTANT_NORM",
  })
  void theLossIsTheSameThroughEachFormat(String format, String sparsity, RowNormalisation rows)
      throws Exception {
    Path own = folder.resolve("own");
    Path other = folder.resolve("other");
    try (PointerScope scope = new PointerScope();
        Sae sae = sae(sparsity(sparsity), rows)) {
      SaeFiles.save(sae, own);
      SpliceScores before = splice(sae);
      try (Dictionary original = DictionaryFiles.open(own)) {
        ExportFormat.of(format).orElseThrow().write(original, other);
      }
      // Said, since openai's files do not hold it.
      LoadOptions options = new LoadOptions(Map.of(LoadOptions.HOOK, HOOK));
      try (Dictionary back = DictionaryFiles.open(other, options)) {
        SpliceScores after = splice(back.sae().orElseThrow());
        assertThat(after.ceSae()).isCloseTo(before.ceSae(), within(1e-4));
        assertThat(after.kl()).isCloseTo(before.kl(), within(1e-4));
        assertThat(after.tokens()).isEqualTo(before.tokens());
      }
      // The check can fail: the dictionary does change what the model says.
      assertThat(Math.abs(before.ceSae() - before.ceClean())).isGreaterThan(1e-2);
    }
  }

  private static Sparsity sparsity(String key) {
    return switch (key) {
      case "topk" -> new Sparsity.TopK(6);
      case "abstopk" -> new Sparsity.AbsTopK(6);
      case "groupmax" -> new Sparsity.GroupMax(6);
      case "jumprelu" -> new Sparsity.JumpRelu();
      default -> new Sparsity.Relu();
    };
  }

  private static Sae sae(Sparsity sparsity, RowNormalisation rows) {
    RandomStream random = RandomStream.of(SEED).stream(sparsity.key());
    int width = TinyModel.WIDTH;
    float[] thresholds = TestSaes.gaussians(random, LATENTS, 0.3);
    return new Sae(
        new SaeConfig(
            width, LATENTS, sparsity, /* subtractDecoderBias= */ true, HOOK, "", 1, rows, Map.of()),
        TensorMemory.floats(TestSaes.gaussians(random, LATENTS * width, 0.25), LATENTS, width),
        TensorMemory.floats(TestSaes.gaussians(random, LATENTS, 0.2), LATENTS),
        TensorMemory.floats(TestSaes.gaussians(random, LATENTS * width, 0.25), LATENTS, width),
        TensorMemory.floats(TestSaes.gaussians(random, width, 0.3), width),
        sparsity instanceof Sparsity.JumpRelu
            ? Optional.of(TensorMemory.floats(thresholds, LATENTS).abs())
            : Optional.empty());
  }

  private SpliceScores splice(Sae sae) throws Exception {
    StoreSplit store =
        MemoryStore.harvest(model, HOOK, contexts, (context, position) -> position > 0);
    EvaluationOptions options = new EvaluationOptions(Split.HELD_OUT, 100, 100, 7, 3, 20, SEED);
    return Evaluation.evaluate(sae, store, Optional.of(model), options, EvaluationListener.none())
        .splice()
        .orElseThrow();
  }
}
