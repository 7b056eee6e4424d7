package org.sememe.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.models.generation.Generation;
import org.sememe.models.generation.GenerationOptions;
import org.sememe.models.generation.Generator;
import org.sememe.models.generation.Intervention;
import org.sememe.models.generation.Reply;
import org.sememe.models.generation.TokenListener;
import org.sememe.models.testing.TinyModel;
import org.sememe.tensors.Torch;

/** Replies that grow side by side, and edits that see the tokens. */
class ReplyTest {
  private static final String HOOK = "blocks.1.hook_resid_post";
  private static final int[] PROMPT = {3, 9, 4, 20, 7};

  @TempDir private static Path folder;
  private static LanguageModel model;

  @BeforeAll
  static void open() throws IOException {
    Torch.start(2);
    model = Models.open(TinyModel.write(folder, 8));
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static GenerationOptions options() {
    return GenerationOptions.sampled(20, 1, 1, 4);
  }

  @Test
  void twoRepliesThatGrowInTurnsAreThoseThatGrowAlone() {
    Intervention doubled =
        Intervention.everywhere(HookPlan.builder().edit(HOOK, x -> x.mul(new Scalar(2f))).build());
    int[] plain = Generator.generate(model, PROMPT, options()).ids();
    int[] edited =
        Generator.generate(model, PROMPT, options(), doubled, TokenListener.SILENT).ids();
    assertThat(edited).isNotEqualTo(plain);
    try (Reply first = new Reply(model, PROMPT, options(), Intervention.none());
        Reply second = new Reply(model, PROMPT, options(), doubled)) {
      while (first.next().isPresent() | second.next().isPresent()) {
        assertThat(first.generation().ids()).hasSameSizeAs(second.generation().ids());
      }
      assertThat(first.generation().ids()).isEqualTo(plain);
      assertThat(second.generation().ids()).isEqualTo(edited);
      assertThat(first.generation().end()).isEqualTo(Generation.End.LENGTH);
      assertThat(first.next()).isEmpty();
    }
  }

  @Test
  void anEditSeesEachTokenOnceAtItsPosition() {
    List<Integer> ids = new ArrayList<>();
    List<Integer> positions = new ArrayList<>();
    HookPlan plan =
        HookPlan.builder()
            .edit(
                HOOK,
                (x, batch) -> {
                  assertThat(x.size(1)).isEqualTo(batch.length());
                  for (int column = 0; column < batch.length(); column++) {
                    ids.add(batch.id(0, column));
                    positions.add(batch.position(0, column));
                  }
                  return x;
                })
            .build();
    int[] reply =
        Generator.generate(
                model, PROMPT, options(), Intervention.everywhere(plan), TokenListener.SILENT)
            .ids();
    List<Integer> read = new ArrayList<>();
    for (int id : PROMPT) {
      read.add(id);
    }
    for (int i = 0; i + 1 < reply.length; i++) { // the last token is not read any more
      read.add(reply[i]);
    }
    assertThat(ids).isEqualTo(read);
    assertThat(positions).isEqualTo(IntStream.range(0, read.size()).boxed().toList());
  }

  @Test
  void itEndsForAReasonThatItSays() {
    int[] plain = Generator.generate(model, PROMPT, options()).ids();
    GenerationOptions stopping = options().withStopIds(Set.of(plain[2]));
    assertThat(Generator.generate(model, PROMPT, stopping).end()).isEqualTo(Generation.End.STOP_ID);
    assertThat(
            Generator.generate(
                    model,
                    PROMPT,
                    GenerationOptions.sampled(TinyModel.CONTEXT, 1, 1, 4),
                    Intervention.none(),
                    TokenListener.SILENT)
                .end())
        .isEqualTo(Generation.End.CONTEXT);
    assertThat(Generator.generate(model, PROMPT, options(), Intervention.none(), id -> false).end())
        .isEqualTo(Generation.End.LISTENER);
    assertThatThrownBy(() -> new Reply(model, new int[0], options(), Intervention.none()))
        .hasMessageContaining("a prompt of 0 tokens");
  }
}
