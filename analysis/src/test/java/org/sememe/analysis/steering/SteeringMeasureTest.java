package org.sememe.analysis.steering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.sememe.analysis.index.TinyIndex.TOKENIZER;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.analysis.index.FeatureDetail;
import org.sememe.analysis.index.FeatureIndex;
import org.sememe.analysis.index.TinyIndex;
import org.sememe.models.LanguageModel;
import org.sememe.models.Models;
import org.sememe.models.generation.Generation;
import org.sememe.models.generation.GenerationOptions;
import org.sememe.models.generation.Generator;
import org.sememe.models.generation.Intervention;
import org.sememe.models.generation.Replies;
import org.sememe.models.generation.TokenListener;
import org.sememe.models.testing.TinyModel;
import org.sememe.models.testing.TinyTokenizer;
import org.sememe.sae.Sae;
import org.sememe.sae.SaeConfig;
import org.sememe.sae.Sparsity;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;

/** The measure, on directions whose effect is known: those of the unembedding, after all blocks. */
class SteeringMeasureTest {
  private static final String LAST = "blocks." + (TinyModel.LAYERS - 1) + ".hook_resid_post";
  private static final int[] PROMPT = TOKENIZER.encodePlain("what do you see").ids();
  private static final int LATENT = 9;

  @TempDir private static Path folder;
  private static LanguageModel model;
  private static Sae sae;
  private static Steerer steerer;

  /** Latent i is the direction that raises token i, and never active by itself. */
  @BeforeAll
  static void open() throws IOException {
    Torch.start(2);
    model = Models.open(TinyModel.write(folder.resolve("model"), 4));
    int d = TinyModel.WIDTH;
    int latents = TinyModel.VOCABULARY;
    float[] bias = new float[latents];
    Arrays.fill(bias, -1e6f);
    try (PointerScope scope = new PointerScope()) {
      sae =
          new Sae(
              new SaeConfig(d, latents, new Sparsity.Relu(), false, LAST, "", 1, Map.of()),
              TensorMemory.floats(new float[latents * d], latents, d),
              TensorMemory.floats(bias, latents),
              TensorMemory.floats(TensorMemory.floats(model.unembedding()), latents, d),
              TensorMemory.floats(new float[d], d),
              Optional.empty());
    }
    steerer = new Steerer(model, TinyTokenizer.plain(), sae);
  }

  @AfterAll
  static void close() {
    steerer.close();
    sae.close();
    model.close();
  }

  private static SteeringMeasure measure(int seeds) {
    return new SteeringMeasure(
        steerer,
        List.of(PROMPT, TOKENIZER.encodePlain("see").ids(), TOKENIZER.encodePlain("you do").ids()),
        seeds,
        GenerationOptions.sampled(12, 1, 1, 5),
        Where.BOTH,
        200);
  }

  private static Topic topic(int token) {
    return new Topic(Set.of(TOKENIZER.token(token)));
  }

  @Test
  void aDirectionThatRaisesItsTokenIsFoundToAndAnotherIsNot() {
    List<Integer> heard = new ArrayList<>();
    SteeringMeasure measure = measure(8);
    List<TopicScore> scores =
        measure.run(
            List.of(
                new SteeringMeasure.Subject(LATENT, 60, topic(LATENT)),
                new SteeringMeasure.Subject(LATENT + 1, 60, topic(LATENT + 4))),
            heard::add);
    assertThat(heard.getLast()).isEqualTo(measure.replies(2)).isEqualTo(3 * 8 * 5);
    TopicScore raised = scores.getFirst();
    assertThat(raised.raised()).isTrue();
    assertThat(raised.steered()).isGreaterThan(0.7).isGreaterThan(raised.random());
    assertThat(raised.overRandom().low()).isLessThan(raised.steered() - raised.random());
    assertThat(raised.overRandom().high())
        .isGreaterThanOrEqualTo(raised.steered() - raised.random());
    assertThat(raised.replies()).isEqualTo(24);
    assertThat(raised.tokens()).isEqualTo(24 * 12);
    assertThat(raised.distinctSteered()).isLessThan(raised.distinctDefault());
    TopicScore other = scores.getLast();
    assertThat(other.raised()).isFalse();
    assertThat(other.steered()).isLessThan(0.2);
  }

  @Test
  void theDefaultShareIsThatOfPlainReplies() {
    TopicScore score =
        measure(3)
            .run(List.of(new SteeringMeasure.Subject(LATENT, 1, topic(14))), n -> {})
            .getFirst();
    long hits = 0;
    long tokens = 0;
    for (int[] prompt : measure(3).prompts()) {
      for (int seed = 0; seed < 3; seed++) {
        int[] ids =
            Generator.generate(model, prompt, GenerationOptions.sampled(12, 1, 1, 5 + seed)).ids();
        hits += IntStream.of(ids).filter(id -> id == 14).count();
        tokens += IntStream.of(ids).filter(id -> id != 0).count(); // 0 is the separator, no word
      }
    }
    assertThat(score.byDefault()).isEqualTo((double) hits / tokens);
  }

  @Test
  void repliesOfABatchAreThoseThatAreWrittenAlone() {
    Steering steering = Steering.of(List.of(new Steer(LATENT, Steer.Mode.ADD, 2, Steer.Unit.RAW)));
    List<GenerationOptions> each =
        List.of(
            GenerationOptions.sampled(20, 1, 0.9, 1),
            GenerationOptions.greedy(7),
            GenerationOptions.sampled(100, 1, 1, 2),
            GenerationOptions.sampled(30, 1, 1, 3).withStopIds(Set.of(4, 5, 6)));
    List<Generation> together =
        Replies.generate(model, PROMPT, each, steerer.intervention(steering));
    for (int i = 0; i < each.size(); i++) {
      Generation alone =
          Generator.generate(
              model, PROMPT, each.get(i), steerer.intervention(steering), TokenListener.SILENT);
      assertThat(together.get(i).ids()).as("reply %d", i).isEqualTo(alone.ids());
      assertThat(together.get(i).end()).as("reply %d", i).isEqualTo(alone.end());
    }
    assertThatThrownBy(() -> Replies.generate(model, PROMPT, List.of(), Intervention.none()))
        .hasMessageContaining("0 replies");
  }

  @Test
  void aTopicIsWhatAFeatureFiresOn() {
    Topic topic = Topic.of(Stream.of(" Bridge", "bridge", " a", ")", " Gate", "42"));
    assertThat(topic.words()).containsExactly("bridge", "gate");
    assertThat(topic.holds(" BRIDGE")).isTrue();
    assertThat(topic.holds(" bridges")).isFalse();
    assertThatThrownBy(() -> new SteeringMeasure.Subject(3, 1, Topic.of(Stream.of(")"))))
        .hasMessageContaining("latent 3: it fires on no words");
  }

  @Test
  void aFeatureThatRaisesItsOwnWordsPromisesMost() throws IOException {
    FeatureDetail feature =
        new FeatureDetail(
            7,
            List.of(" the", " bridge"),
            0.001,
            10,
            10_000,
            4,
            2,
            OptionalDouble.empty(),
            false,
            new FeatureDetail.Histogram(List.of()),
            List.of(),
            List.of(),
            new FeatureDetail.Logits(
                List.of(
                    new FeatureDetail.Effect("Bridge", 0.5),
                    new FeatureDetail.Effect(" the", 0.4),
                    new FeatureDetail.Effect(" gate", 0.25),
                    new FeatureDetail.Effect(" once", 0.2)),
                List.of()),
            List.of(),
            List.of(
                new FeatureDetail.TokenStatistic(" bridge", 5, 0.5, 90, 6),
                new FeatureDetail.TokenStatistic(" the", 4, 0.4, 2, 900),
                new FeatureDetail.TokenStatistic(" gate", 3, 0.3, 40, 9),
                new FeatureDetail.TokenStatistic(" once", 1, 0.1, 400, 1)),
            Optional.empty());
    assertThat(Topic.of(feature).words()).containsExactly("bridge", "gate");
    assertThat(Candidates.gain(feature)).isCloseTo(4 * 0.75, within(1e-12));
    try (TinyIndex tiny = new TinyIndex(folder.resolve("tiny"));
        FeatureIndex index = tiny.open()) {
      List<Integer> looked = new ArrayList<>();
      // Its tokens are single letters, so that no feature has words: nothing is proposed.
      assertThat(new Candidates(index).find(5, looked::add)).isEmpty();
      assertThat(looked).isNotEmpty();
    }
  }
}
