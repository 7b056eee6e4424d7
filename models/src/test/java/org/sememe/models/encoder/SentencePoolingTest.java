package org.sememe.models.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.models.TokenBatch;
import org.sememe.models.encoder.SentencePooling.Mode;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;

/** Sentence vectors by hand, and the files that say how they are made. */
class SentencePoolingTest {
  /** Two sequences of 2 and 1 real tokens; what stands at padding must not count. */
  private static final float[] HIDDEN = {1, 8, 3, -4, 2, 2, 99, 99};

  private static final float[] HIDDEN_LEFT = {1, 8, 3, -4, 99, 99, 2, 2};

  @TempDir Path folder;

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  @Test
  void everyModeByHand() {
    assertThat(embedded(Set.of(Mode.CLS), false)).containsExactly(1, 8, 2, 2);
    assertThat(embedded(Set.of(Mode.MEAN), false)).containsExactly(2, 2, 2, 2);
    assertThat(embedded(Set.of(Mode.MAX), false)).containsExactly(3, 8, 2, 2);
    float root = (float) (4 / Math.sqrt(2));
    assertThat(embedded(Set.of(Mode.MEAN_SQRT), false)).containsExactly(root, root, 2, 2);
    float even = (float) (1 / Math.sqrt(2));
    assertThat(embedded(Set.of(Mode.MEAN), true)).containsExactly(even, even, even, even);
    assertThat(embedded(Set.of(Mode.MEAN, Mode.CLS), false))
        .containsExactly(1, 8, 2, 2, 2, 2, 2, 2);
  }

  private static float[] embedded(Set<Mode> modes, boolean normalised) {
    int[][] rows = {{5, 6}, {7}};
    SentencePooling pooling = new SentencePooling(modes, normalised);
    try (PointerScope scope = new PointerScope()) {
      float[] right =
          TensorMemory.floats(
              pooling.embed(TensorMemory.floats(HIDDEN, 2, 2, 2), TokenBatch.of(rows)));
      float[] left =
          TensorMemory.floats(
              pooling.embed(
                  TensorMemory.floats(HIDDEN_LEFT, 2, 2, 2), TokenBatch.leftPadded(List.of(rows))));
      assertThat(left).isEqualTo(right);
      return right;
    }
  }

  @Test
  void foldersSayWhichModes() throws IOException {
    assertThat(SentencePooling.read(folder)).isEmpty();
    modules("\"1_Pooling\"", "Pooling");
    Files.createDirectories(folder.resolve("1_Pooling"));
    pooling("{\"pooling_mode_mean_tokens\": true, \"pooling_mode_cls_token\": false}");
    assertThat(SentencePooling.read(folder))
        .contains(new SentencePooling(Set.of(Mode.MEAN), false));
    pooling("{\"pooling_mode_lasttoken\": true}");
    refused("pooling_mode_lasttoken");
    pooling("{}");
    refused("no pooling mode");
    modules("\"../elsewhere\"", "Pooling");
    refused("../elsewhere");
    modules("\"2_Dense\"", "Dense");
    refused("Dense");
  }

  private void refused(String why) {
    assertThatThrownBy(() -> SentencePooling.read(folder))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining(why);
  }

  private void modules(String path, String type) throws IOException {
    Files.writeString(
        folder.resolve("modules.json"),
        "[{\"path\": \"\", \"type\": \"a.Transformer\"}, {\"path\": %s, \"type\": \"a.%s\"}]"
            .formatted(path, type));
  }

  private void pooling(String json) throws IOException {
    Files.writeString(folder.resolve("1_Pooling").resolve("config.json"), json);
  }
}
