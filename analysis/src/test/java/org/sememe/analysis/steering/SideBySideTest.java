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
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sememe.analysis.index.FeatureIndex;
import org.sememe.analysis.index.FeatureList;
import org.sememe.analysis.index.TinyIndex;
import org.sememe.models.Forward;
import org.sememe.models.HookPlan;
import org.sememe.models.TokenBatch;
import org.sememe.models.generation.GenerationOptions;
import org.sememe.models.generation.Generator;
import org.sememe.models.generation.TokenListener;
import org.sememe.models.testing.TinyModel;
import org.sememe.tensors.TensorMemory;

/** Two replies side by side, and how far apart they are. */
class SideBySideTest {
  private static final int[] PROMPT = TOKENIZER.encodePlain("what do you see").ids();
  private static final GenerationOptions OPTIONS = GenerationOptions.sampled(30, 1, 1, 6);

  @TempDir private static Path folder;
  private static TinyIndex tiny;
  private static FeatureIndex index;
  private static Steerer steerer;

  @BeforeAll
  static void build() throws IOException {
    tiny = new TinyIndex(folder);
    index = tiny.open();
    steerer = new Steerer(tiny.model(), TOKENIZER, tiny.sae());
  }

  @AfterAll
  static void close() {
    steerer.close();
    index.close();
    tiny.close();
  }

  private static Steering strong(Where where) {
    return Steering.of(List.of(new Steer(3, Steer.Mode.CLAMP, 40, Steer.Unit.RAW)))
        .at(where, false);
  }

  private static SideBySide.Result run(Steering steering) {
    return SideBySide.run(steerer, PROMPT, OPTIONS, steering, (column, id, text) -> true);
  }

  @Test
  void aSteeringThatDoesNothingGivesTheSameTextTwice() {
    SideBySide.Result result =
        run(Steering.of(List.of(new Steer(3, Steer.Mode.SCALE, 1, Steer.Unit.RAW))));
    assertThat(result.after().ids()).isEqualTo(result.before().ids());
    assertThat(result.shift().kl()).isCloseTo(0, within(1e-9));
    assertThat(result.shift().likeliestChanged()).isZero();
    assertThat(result.shift().tokens()).isEqualTo(result.before().ids().length);
    assertThat(result.difference()).isEqualTo(new Difference(List.of(), List.of()));
  }

  @ParameterizedTest
  @EnumSource(Where.class)
  void theShiftIsThatOfTwoWholeRuns(Where where) {
    SideBySide.Result result = run(strong(where));
    int[] reply = result.before().ids();
    assertThat(result.after().ids())
        .isEqualTo(
            Generator.generate(
                    tiny.model(),
                    PROMPT,
                    OPTIONS,
                    steerer.intervention(strong(where)),
                    TokenListener.SILENT)
                .ids());
    int[] all = IntStream.concat(IntStream.of(PROMPT), IntStream.of(reply)).toArray();
    HookPlan.Edit edit = steerer.edits(strong(where)).edit(TinyIndex.HOOK).orElseThrow();
    HookPlan partly =
        HookPlan.builder()
            .edit(
                TinyIndex.HOOK,
                (x, batch) -> {
                  float[] take = new float[all.length]; // 1 where the steering is felt
                  for (int i = 0; i < all.length; i++) {
                    take[i] = (i < PROMPT.length ? where.prompt() : where.reply()) ? 1 : 0;
                  }
                  return x.add(
                      edit.apply(x, batch).sub(x).mul(TensorMemory.floats(take, 1, all.length, 1)));
                })
            .logits()
            .build();
    double[][] plain = probabilities(all, HookPlan.builder().logits().build());
    double[][] steered = probabilities(all, partly);
    double kl = 0;
    int changed = 0;
    for (int i = PROMPT.length - 1; i < all.length - 1; i++) {
      for (int id = 0; id < TinyModel.VOCABULARY; id++) {
        kl += plain[i][id] * Math.log(plain[i][id] / steered[i][id]);
      }
      changed += best(plain[i]) == best(steered[i]) ? 0 : 1;
    }
    assertThat(result.shift().kl()).isPositive().isCloseTo(kl / reply.length, within(1e-5));
    assertThat(result.shift().likeliestChanged()).isEqualTo(changed);
    assertThat(result.shift().tokens()).isEqualTo(reply.length);
  }

  private static int best(double[] row) {
    return IntStream.range(0, row.length).reduce((a, b) -> row[b] > row[a] ? b : a).orElseThrow();
  }

  private static double[][] probabilities(int[] tokens, HookPlan plan) {
    try (PointerScope scope = new PointerScope();
        Forward forward = tiny.model().run(TokenBatch.of(tokens), plan)) {
      double[] all = TensorMemory.doubles(forward.logits());
      double[][] rows = new double[tokens.length][];
      for (int i = 0; i < rows.length; i++) {
        double[] row =
            Arrays.copyOfRange(all, i * TinyModel.VOCABULARY, (i + 1) * TinyModel.VOCABULARY);
        double sum = Arrays.stream(row).map(Math::exp).sum();
        rows[i] = Arrays.stream(row).map(x -> Math.exp(x) / sum).toArray();
      }
      return rows;
    }
  }

  @Test
  void theListenerHearsBothInTurnsAndMayEndThem() {
    List<SideBySide.Column> heard = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    SideBySide.Result result =
        SideBySide.run(
            steerer,
            PROMPT,
            OPTIONS,
            strong(Where.BOTH),
            (column, id, piece) -> {
              heard.add(column);
              if (column == SideBySide.Column.STEERED) {
                text.append(piece);
              }
              return heard.size() < 9;
            });
    assertThat(heard).startsWith(SideBySide.Column.DEFAULT, SideBySide.Column.STEERED).hasSize(9);
    assertThat(result.before().ids()).hasSize(5);
    assertThat(text.toString()).isEqualTo(TOKENIZER.decodeText(result.after().ids()));
  }

  @Test
  void theViewCountsInTheIndexsMaximaAndMeans() {
    FeatureList.Row row = index.rows(List.of(3)).get(3);
    SteeringView view = new SteeringView(steerer, index, "the model", "the dictionary");
    List<SteeringSource.Started> started = new ArrayList<>();
    List<SteeringSource.Outcome> results = new ArrayList<>();
    view.steer(
        request("what do you see", "3=2x"),
        new SteeringSource.Listener() {
          @Override
          public void started(SteeringSource.Started heard) {
            started.add(heard);
          }

          @Override
          public boolean token(SideBySide.Column column, int id, String text) {
            return true;
          }

          @Override
          public void finished(SteeringSource.Outcome outcome) {
            results.add(outcome);
          }
        });
    assertThat(started.getFirst().promptTokens()).isEqualTo(PROMPT.length);
    SteeringSource.Turned turned = started.getFirst().steers().getFirst();
    assertThat(turned.raw()).isCloseTo(2 * row.maxActivation(), within(1e-9));
    assertThat(turned.timesMax().orElseThrow()).isCloseTo(2, within(1e-9));
    assertThat(turned.timesMean())
        .isEqualTo(OptionalDouble.of(turned.raw() / row.meanActivation()));
    assertThat(results).hasSize(1);
    assertThat(results.getFirst().steered().tokens()).isEqualTo(20);
    assertThat(results.getFirst().steered().end()).isEqualTo("length");
    Steering whole = view.complete(Steering.of(List.of(Steer.parse("3=2x"))));
    assertThat(whole.model()).isEqualTo("the model");
    assertThat(whole.scales().get(3).max()).isEqualTo(row.maxActivation());
    assertThatThrownBy(() -> view.steer(request("", "3=2x"), null))
        .hasMessage("the prompt has no tokens");
    assertThatThrownBy(() -> view.steer(request("a", "60=2x"), null))
        .hasMessageContaining("no latent 60");
    assertThatThrownBy(() -> view.steer(request("a".repeat(TinyModel.CONTEXT), "3=2x"), null))
        .hasMessageContaining("the model's context is");
  }

  private static SteeringRequest request(String text, String steer) {
    return new SteeringRequest(
        new SteeringPrompt(text, false), Steering.of(List.of(Steer.parse(steer))), 20, 0.7, 1, 3);
  }

  @Test
  void theDifferenceIsWhatTheTextsDoNotShare() {
    Difference difference = Difference.of(new int[] {1, 2, 3, 4, 5}, new int[] {2, 9, 3, 5, 5, 8});
    assertThat(difference.before()).containsExactly(0, 3);
    assertThat(difference.after()).hasSize(3).contains(1, 5);
    assertThat(Difference.of(new int[0], new int[] {4}))
        .isEqualTo(new Difference(List.of(), List.of(0)));
  }
}
