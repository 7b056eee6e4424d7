package org.sememe.activations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.tensors.Torch;

/** Stores of rows that no text gave. */
class SampleStoreTest {
  private static final int PLACES = 3;
  private static final int SAMPLES = 200;

  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    Torch.start(1);
  }

  private static SampleStore.Plan plan(String drawn) {
    SequencedMap<String, Integer> widths = new LinkedHashMap<>();
    widths.put("a", 2);
    widths.put("b", 1);
    return new SampleStore.Plan(
        new StoreManifest.Model("net", "nowhere", "00"), widths, PLACES, SAMPLES, drawn, 0.25, 9);
  }

  /** Sample s is of kind s % 5; its rows at place p are {10 s + p, -s} and {s + p / 10}. */
  private static void fill(SampleStore.Sink sink) throws IOException {
    for (int s = 0; s < SAMPLES; s++) {
      float[] a = new float[PLACES * 2];
      float[] b = new float[PLACES];
      for (int p = 0; p < PLACES; p++) {
        a[2 * p] = 10 * s + p;
        a[2 * p + 1] = -s;
        b[p] = s + p / 10f;
      }
      sink.add(s % 5, List.of(MemorySegment.ofArray(a), MemorySegment.ofArray(b)));
    }
  }

  @Test
  void rowsComeBackWithTheirSampleKindAndPlace() throws IOException {
    HarvestResult made = SampleStore.write(folder, plan("so"), SampleStoreTest::fill);
    assertThat(made.rows()).isEqualTo(SAMPLES * PLACES);
    assertThat(made.documents()).isEqualTo(SAMPLES);
    try (ActivationStore store = ActivationStore.open(folder)) {
      assertThat(store.manifest().ofText()).isFalse();
      long held = store.manifest().counts(Split.HELD_OUT).documents();
      assertThat(held).as("a quarter of 200, four standard deviations").isBetween(26L, 74L);
      for (Split split : Split.values()) {
        for (Shard shard : store.shards(split)) {
          MemorySegment a = shard.activations("a");
          MemorySegment b = shard.activations("b");
          for (long row = 0; row < shard.rows(); row++) {
            long sample = shard.documentIds().getAtIndex(ValueLayout.JAVA_LONG, row);
            long place = shard.positions().getAtIndex(ValueLayout.JAVA_LONG, row);
            assertThat(a.getAtIndex(ValueLayout.JAVA_FLOAT, 2 * row))
                .isEqualTo(10 * sample + place);
            assertThat(a.getAtIndex(ValueLayout.JAVA_FLOAT, 2 * row + 1)).isEqualTo(-sample);
            assertThat(b.getAtIndex(ValueLayout.JAVA_FLOAT, row)).isEqualTo(sample + place / 10f);
            assertThat(shard.tokenIds().getAtIndex(ValueLayout.JAVA_LONG, row))
                .isEqualTo(sample % 5);
          }
        }
      }
    }
  }

  @Test
  void theSamePlanIsUsedAsItIsAndAnotherIsRefused() throws IOException {
    SampleStore.write(folder, plan("so"), SampleStoreTest::fill);
    HarvestResult again =
        SampleStore.write(
            folder,
            plan("so"),
            sink -> {
              throw new IOException("drawn again");
            });
    assertThat(again.reused()).isTrue();
    assertThatThrownBy(() -> SampleStore.write(folder, plan("otherwise"), SampleStoreTest::fill))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("another folder");
  }

  @Test
  void whatWasInterruptedIsMadeAnew() throws IOException {
    assertThatThrownBy(
            () ->
                SampleStore.write(
                    folder,
                    plan("so"),
                    sink -> {
                      sink.add(
                          0,
                          List.of(
                              MemorySegment.ofArray(new float[2 * PLACES]),
                              MemorySegment.ofArray(new float[PLACES])));
                      throw new IOException("killed");
                    }))
        .hasMessage("killed");
    HarvestResult made = SampleStore.write(folder, plan("so"), SampleStoreTest::fill);
    assertThat(made.reused()).isFalse();
    assertThat(made.documents()).isEqualTo(SAMPLES);
  }
}
