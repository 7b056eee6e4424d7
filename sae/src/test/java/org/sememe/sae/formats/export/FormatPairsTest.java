package org.sememe.sae.formats.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sememe.sae.formats.export.ExportFormat.BATCHTOPK_REPO;
import static org.sememe.sae.formats.export.ExportFormat.CIRCUIT_TRACER;
import static org.sememe.sae.formats.export.ExportFormat.CONNOR_ROB;
import static org.sememe.sae.formats.export.ExportFormat.CROSSCODE;
import static org.sememe.sae.formats.export.ExportFormat.CROSSCODER_FORK;
import static org.sememe.sae.formats.export.ExportFormat.DEEPSEEK_R1;
import static org.sememe.sae.formats.export.ExportFormat.DICTIONARY_LEARNING;
import static org.sememe.sae.formats.export.ExportFormat.GEMMA_SCOPE;
import static org.sememe.sae.formats.export.ExportFormat.GEMMA_SCOPE_2;
import static org.sememe.sae.formats.export.ExportFormat.GOODFIRE;
import static org.sememe.sae.formats.export.ExportFormat.LLAMASCOPIUM;
import static org.sememe.sae.formats.export.ExportFormat.LLAMA_SCOPE;
import static org.sememe.sae.formats.export.ExportFormat.OPENAI;
import static org.sememe.sae.formats.export.ExportFormat.QWEN_SCOPE;
import static org.sememe.sae.formats.export.ExportFormat.SAELENS;
import static org.sememe.sae.formats.export.ExportFormat.SEMEME;
import static org.sememe.sae.formats.export.ExportFormat.SPARSIFY;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.sememe.sae.Sparsity;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.sae.dictionary.Selection;
import org.sememe.sae.fold.RowNormalisation;
import org.sememe.sae.formats.DictionaryFiles;
import org.sememe.tensors.Torch;
import org.sememe.tensors.testing.TensorAssertions;

/**
 * Every architecture through every ordered pair of formats: written in one, read, written in the
 * other, read. What both can express computes the same at the end; a format that cannot refuses, in
 * one line, and leaves nothing that could be taken for a dictionary.
 */
class FormatPairsTest {
  private static final double TOLERANCE = 2e-5;
  private static final int ROWS = 40;
  private static final RowNormalisation PLAIN = RowNormalisation.NONE;

  @TempDir private Path folder;

  /**
   * A kind of dictionary, and which formats can say what it does.
   *
   * @param width of its input rows
   */
  private record Architecture(
      String name,
      int width,
      Function<SmallDictionaries, Dictionary> make,
      Set<ExportFormat> formats) {
    Architecture(
        String name, Function<SmallDictionaries, Dictionary> make, ExportFormat... formats) {
      this(name, SmallDictionaries.WIDTH, make, EnumSet.copyOf(List.of(formats)));
    }

    Dictionary dictionary() {
      return make.apply(new SmallDictionaries(name));
    }

    @Override
    public String toString() {
      return name;
    }
  }

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  private static Function<SmallDictionaries, Dictionary> autoencoder(
      Sparsity sparsity, boolean subtracts) {
    return random -> random.autoencoder(sparsity, subtracts, PLAIN);
  }

  private static Function<SmallDictionaries, Dictionary> normed(
      Sparsity sparsity, RowNormalisation rows) {
    return random -> random.autoencoder(sparsity, /* subtracts= */ true, rows);
  }

  private static Function<SmallDictionaries, Dictionary> transcoder(
      Selection selection, boolean skip) {
    return random -> random.transcoder(selection, SmallDictionaries.WIDTH, skip);
  }

  private static List<Architecture> architectures() {
    int k = SmallDictionaries.K;
    Sparsity topk = new Sparsity.TopK(k);
    Sparsity relu = new Sparsity.Relu();
    Sparsity jump = new Sparsity.JumpRelu();
    Selection largest = new Selection.TopK(k, /* signed= */ false);
    Selection positive = new Selection.Relu();
    ExportFormat[] jumps = {
      SEMEME,
      SAELENS,
      DICTIONARY_LEARNING,
      BATCHTOPK_REPO,
      CROSSCODE,
      LLAMASCOPIUM,
      LLAMA_SCOPE,
      GEMMA_SCOPE,
      GEMMA_SCOPE_2
    };
    ExportFormat[] topks = {
      SEMEME, SAELENS, SPARSIFY, DICTIONARY_LEARNING, LLAMASCOPIUM, QWEN_SCOPE
    };
    ExportFormat[] relus = {
      SEMEME,
      SAELENS,
      DICTIONARY_LEARNING,
      OPENAI,
      BATCHTOPK_REPO,
      CROSSCODE,
      LLAMASCOPIUM,
      GOODFIRE,
      DEEPSEEK_R1,
      CONNOR_ROB
    };
    return List.of(
        new Architecture("topk", autoencoder(topk, false), topks),
        new Architecture("topk of x - b_dec", autoencoder(topk, true), topks),
        new Architecture(
            "topk of x - b_dec without another bias",
            random -> random.withoutEncoderBias(PLAIN),
            with(topks, BATCHTOPK_REPO)),
        new Architecture("relu", autoencoder(relu, false), relus),
        new Architecture("relu of x - b_dec", autoencoder(relu, true), relus),
        new Architecture("jumprelu", autoencoder(jump, false), jumps),
        new Architecture("jumprelu of x - b_dec", autoencoder(jump, true), jumps),
        new Architecture("gated", SmallDictionaries::gated, jumps),
        new Architecture(
            "jumprelu of one threshold",
            SmallDictionaries::ofOneThreshold,
            with(jumps, CROSSCODER_FORK)),
        new Architecture("abstopk", autoencoder(new Sparsity.AbsTopK(k), true), SEMEME, SAELENS),
        new Architecture("groupmax", autoencoder(new Sparsity.GroupMax(k), true), SEMEME, SPARSIFY),
        new Architecture(
            "matching pursuit",
            autoencoder(new Sparsity.MatchingPursuit(k, 0, true), true),
            SEMEME,
            SAELENS),
        new Architecture("omp", autoencoder(new Sparsity.Omp(k, 0), true), SEMEME),
        new Architecture(
            "topk of layer-normed rows",
            normed(topk, RowNormalisation.LAYER_NORM),
            SEMEME,
            SAELENS,
            OPENAI),
        new Architecture(
            "relu of layer-normed rows",
            normed(relu, RowNormalisation.LAYER_NORM),
            SEMEME,
            SAELENS,
            BATCHTOPK_REPO),
        new Architecture(
            "jumprelu of layer-normed rows",
            normed(jump, RowNormalisation.LAYER_NORM),
            SEMEME,
            SAELENS,
            BATCHTOPK_REPO),
        new Architecture(
            "topk of layer-normed rows without another bias",
            random -> random.withoutEncoderBias(RowNormalisation.LAYER_NORM),
            SEMEME,
            SAELENS,
            OPENAI,
            BATCHTOPK_REPO),
        new Architecture(
            "jumprelu of rows of one norm",
            normed(jump, RowNormalisation.CONSTANT_NORM),
            SEMEME,
            SAELENS),
        new Architecture(
            "relu transcoder",
            transcoder(positive, false),
            SEMEME,
            SAELENS,
            LLAMASCOPIUM,
            CIRCUIT_TRACER),
        new Architecture(
            "jumprelu transcoder",
            random ->
                random.transcoder(random.thresholds(), SmallDictionaries.WIDTH, /* skip= */ false),
            SEMEME,
            SAELENS,
            LLAMASCOPIUM,
            LLAMA_SCOPE,
            GEMMA_SCOPE_2),
        new Architecture(
            "jumprelu skip transcoder",
            random ->
                random.transcoder(random.thresholds(), SmallDictionaries.WIDER, /* skip= */ true),
            SEMEME,
            SAELENS,
            GEMMA_SCOPE_2),
        new Architecture(
            "topk transcoder", transcoder(largest, false), SEMEME, SPARSIFY, LLAMASCOPIUM),
        new Architecture("topk skip transcoder", transcoder(largest, true), SEMEME, SPARSIFY),
        new Architecture(
            "relu skip transcoder", transcoder(positive, true), SEMEME, SAELENS, CIRCUIT_TRACER),
        new Architecture(
            "relu transcoder to another width",
            random -> random.transcoder(positive, SmallDictionaries.WIDER, /* skip= */ false),
            SEMEME,
            SAELENS,
            CIRCUIT_TRACER),
        new Architecture(
            "topk transcoder to another width",
            random -> random.transcoder(largest, SmallDictionaries.WIDER, /* skip= */ false),
            SEMEME),
        new Architecture("abstopk transcoder", transcoder(new Selection.AbsTopK(k), false), SEMEME),
        crosscoder("topk crosscoder", random -> largest, SEMEME),
        crosscoder("relu crosscoder", random -> positive, SEMEME, CROSSCODER_FORK, CROSSCODE),
        crosscoder("jumprelu crosscoder", SmallDictionaries::thresholds, SEMEME, CROSSCODE));
  }

  private static Architecture crosscoder(
      String name, Function<SmallDictionaries, Selection> selection, ExportFormat... formats) {
    return new Architecture(
        name,
        2 * SmallDictionaries.WIDTH,
        random -> random.crosscoder(selection.apply(random)),
        EnumSet.copyOf(List.of(formats)));
  }

  private static ExportFormat[] with(ExportFormat[] formats, ExportFormat more) {
    return Stream.concat(Stream.of(formats), Stream.of(more)).toArray(ExportFormat[]::new);
  }

  static Stream<Arguments> walks() {
    return architectures().stream()
        .flatMap(
            architecture ->
                Stream.of(ExportFormat.values()).map(format -> Arguments.of(architecture, format)));
  }

  /** From one format to each. */
  @ParameterizedTest(name = "{0}: from {1}")
  @MethodSource("walks")
  void computesTheSameOrIsRefused(Architecture architecture, ExportFormat first)
      throws IOException {
    try (PointerScope scope = new PointerScope();
        Dictionary original = architecture.dictionary()) {
      if (!written(architecture, original, first, folder.resolve("first"))) {
        return;
      }
      Tensor x = new SmallDictionaries("rows").rows(ROWS, architecture.width());
      Tensor latents = original.encode(x);
      Tensor outputs = original.decode(latents, x);
      try (Dictionary between = DictionaryFiles.open(folder.resolve("first"))) {
        for (ExportFormat second : ExportFormat.values()) {
          Path target = folder.resolve(second.key());
          if (!written(architecture, between, second, target)) {
            continue;
          }
          String what = " of " + architecture + " from " + first.key() + " to " + second.key();
          try (Dictionary end = DictionaryFiles.open(target)) {
            Tensor found = end.encode(x);
            TensorAssertions.assertClose("latents" + what, found, latents, TOLERANCE);
            TensorAssertions.assertClose(
                "active latents" + what, found.ne(zero()), latents.ne(zero()), 0);
            TensorAssertions.assertClose(
                "outputs" + what, end.decode(found, x), outputs, TOLERANCE);
            assertThat(end.facts().kind()).as(what).isEqualTo(original.facts().kind());
          }
        }
      }
    }
  }

  private static Scalar zero() {
    return new Scalar(0);
  }

  private static boolean written(
      Architecture architecture, Dictionary dictionary, ExportFormat format, Path target)
      throws IOException {
    Optional<NotExpressibleException> refusal = Optional.empty();
    try {
      format.write(dictionary, target);
    } catch (NotExpressibleException e) {
      refusal = Optional.of(e);
    }
    assertThat(refusal.isEmpty())
        .as(
            "%s can express it (%s)",
            format.key(), refusal.map(Exception::getMessage).orElse("no refusal"))
        .isEqualTo(architecture.formats().contains(format));
    if (refusal.isPresent()) {
      assertThat(refusal.get().getMessage())
          .startsWith(format.key() + " cannot express ")
          .doesNotContain("\n");
      assertThat(Files.exists(target) && DictionaryFiles.found(target)).isFalse();
    }
    return refusal.isEmpty();
  }

  @Test
  void everyFormatCanExpressSomething() {
    Set<ExportFormat> used = EnumSet.noneOf(ExportFormat.class);
    architectures().forEach(architecture -> used.addAll(architecture.formats()));
    assertThat(used).containsExactlyInAnyOrder(ExportFormat.values());
  }
}
