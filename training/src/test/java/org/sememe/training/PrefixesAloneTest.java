package org.sememe.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.sae.formats.DictionaryFiles;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;

/** A prefix of a Matryoshka dictionary's latents is a dictionary. */
class PrefixesAloneTest {
  private static final int WIDTH = 24;
  private static final int LATENTS = 64;
  private static final int ROWS = 4096;
  private static final List<Integer> ENDS = List.of(8, 16, 32, 64);

  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  /** What the latents up to each of {@link #ENDS} leave of new rows' variance. */
  private List<Double> left(String name, Map<String, String> more) throws IOException {
    TrainOptions options =
        TrainOptions.of(LATENTS, 4, 256L * 400)
            .with(Map.of("architecture", "batchtopk", "batch", "256", "lr", "0.004"))
            .with("sample-rows", "1024")
            .with(more);
    TrainingRun run =
        TrainingRun.create(
            folder.resolve(name), new Provenance("a", "tiny", "00", "planted", "11", Map.of()));
    List<Double> left = new ArrayList<>();
    try (PointerScope scope = new PointerScope();
        SeededRows source = new SeededRows(7, WIDTH);
        Arena arena = Arena.ofShared()) {
      assertThat(Trainer.train(run, source, options, at -> {}, () -> false).finished()).isTrue();
      MemorySegment memory = arena.allocate(ValueLayout.JAVA_FLOAT, (long) ROWS * WIDTH);
      source.next(memory);
      Tensor x = TensorMemory.copy(memory, ScalarType.Float, ROWS, WIDTH);
      try (Dictionary saved = DictionaryFiles.open(run.dictionary())) {
        Tensor latents = saved.encode(x);
        for (int end : ENDS) {
          Tensor alone = latents.clone();
          alone.narrow(1, end, LATENTS - end).zero_();
          left.add(
              x.sub(saved.decode(alone, x)).square().sum().item_double()
                  / x.sub(x.mean(0)).square().sum().item_double());
        }
      }
    }
    return left;
  }

  @Test
  void eachPrefixLeavesLessThanTheOneBeforeAndThanThatOfAPlainDictionary() throws IOException {
    List<Double> nested = left("nested", Map.of("matryoshka", "1/8,1/8,1/4,1/2"));
    List<Double> plain = left("plain", Map.of());
    System.out.println("left by prefixes " + ENDS + ": " + nested + ", of a plain one " + plain);
    for (int i = 1; i < ENDS.size(); i++) {
      assertThat(nested.get(i)).isLessThan(nested.get(i - 1));
    }
    for (int i = 0; i < ENDS.size() - 1; i++) {
      assertThat(nested.get(i)).isLessThan(plain.get(i));
    }
    assertThat(nested.getFirst()).isLessThan(0.95);
  }
}
