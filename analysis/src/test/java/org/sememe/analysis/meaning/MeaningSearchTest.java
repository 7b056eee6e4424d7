package org.sememe.analysis.meaning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.analysis.index.FeatureIndex;
import org.sememe.analysis.index.FeatureReading;
import org.sememe.analysis.index.SyntheticIndex;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.Torch;

/** Vectors of meanings in their file, and what is found by them. */
class MeaningSearchTest {
  private static final int LATENTS = 300;
  private static final int DEAD = 7; // of a synthetic index, every 50th from there

  @TempDir private static Path shared;
  private static FeatureIndex index;

  @TempDir private Path folder;
  private final WordEncoder encoder = new WordEncoder("a");

  @BeforeAll
  static void make() throws IOException {
    Torch.start(2);
    Path file = shared.resolve("index.duckdb");
    SyntheticIndex.write(file, LATENTS, 20, 1);
    index = FeatureIndex.open(file);
  }

  @AfterAll
  static void close() {
    index.close();
  }

  private Path file() {
    return folder.resolve(MeaningFile.NAME);
  }

  private int build(Map<Integer, String> written) throws IOException {
    return new MeaningBuilder(index, encoder).build(file(), written, done -> {});
  }

  private MeaningSearch search() throws IOException {
    return new MeaningSearch(MeaningFile.open(file()), new MeaningBuilder(index, encoder));
  }

  private static float[] vector(MeaningFile file, int latent) {
    long bytes = (long) file.width() * Float.BYTES;
    return file.vectors().asSlice(latent * bytes, bytes).toArray(ValueLayout.JAVA_FLOAT);
  }

  @Test
  void aVectorIsTheMeanOfWhatThereIsToRead() throws IOException {
    assertThat(build(Map.of(3, "quiet waters"))).isEqualTo(LATENTS - LATENTS / 50);
    try (MeaningFile file = MeaningFile.open(file())) {
      assertThat(file.hash(DEAD)).isZero();
      assertThat(vector(file, DEAD)).containsOnly(0);
      float[] label = MeaningVectors.unit(encoder.embeddings(List.of("quiet waters"))[0]);
      assertThat(vector(file, 3)).containsExactly(label, within(1e-6f));
      FeatureReading reading = index.readings(4, 5, MeaningText.PASSAGES, 16, 6).getFirst();
      List<String> texts = new ArrayList<>();
      reading.passages().forEach(passage -> texts.add(passage.before() + passage.after()));
      assertThat(texts).hasSize(MeaningText.PASSAGES);
      texts.add(String.join(" ", reading.topTokens()));
      texts.add(String.join(" ", reading.raised()));
      float[] sum = new float[file.width()];
      for (float[] vector : encoder.embeddings(texts)) {
        float[] unit = MeaningVectors.unit(vector);
        IntStream.range(0, sum.length).forEach(i -> sum[i] += unit[i]);
      }
      assertThat(vector(file, 4)).containsExactly(MeaningVectors.unit(sum), within(1e-6f));
    }
  }

  @Test
  void whatIsFoundIsNearestOfAllThatHaveAMeaning() throws IOException {
    build(Map.of());
    String text = "word1 word77 word300";
    try (MeaningSearch search = search();
        MeaningFile file = MeaningFile.open(file())) {
      NearestMeanings found = search.nearest(text, 9, Map.of());
      float[] wanted = MeaningVectors.unit(encoder.embeddings(List.of(text))[0]);
      List<NearestMeanings.Match> all =
          IntStream.range(0, LATENTS)
              .filter(latent -> latent % 50 != DEAD)
              .mapToObj(latent -> new NearestMeanings.Match(latent, dot(wanted, file, latent)))
              .sorted(
                  Comparator.comparingDouble((NearestMeanings.Match m) -> -m.cosine())
                      .thenComparingInt(NearestMeanings.Match::latent))
              .toList();
      assertThat(found.latents()).isEqualTo(all.size());
      assertThat(found.mean())
          .isCloseTo(
              all.stream().mapToDouble(NearestMeanings.Match::cosine).average().orElseThrow(),
              within(1e-6));
      assertThat(found.nearest()).hasSize(9);
      for (int i = 0; i < 9; i++) {
        assertThat(found.nearest().get(i).cosine()).isCloseTo(all.get(i).cosine(), within(1e-6));
      }
      assertThat(found.nearest().getFirst().cosine()).isGreaterThan(found.mean() + 0.1);
    }
  }

  private static double dot(float[] wanted, MeaningFile file, int latent) {
    float[] own = vector(file, latent);
    return IntStream.range(0, own.length).mapToDouble(i -> (double) own[i] * wanted[i]).sum();
  }

  @Test
  void whatWasKilledGoesOnAndEndsAsIfItHadNotBeen() throws IOException {
    MeaningBuilder builder = new MeaningBuilder(index, encoder);
    assertThatThrownBy(
            () ->
                builder.build(
                    file(),
                    Map.of(),
                    done -> {
                      throw new IllegalStateException("killed");
                    }))
        .hasMessage("killed");
    int before = encoder.asked.size();
    try (MeaningFile file = MeaningFile.open(file())) {
      file.put(List.of(new MeaningFile.Entry(5, 0, new float[0]))); // killed within a latent
    }
    int rest = build(Map.of());
    assertThat(rest).isBetween(100, LATENTS - LATENTS / 50 - 100);
    assertThat(encoder.asked.size() - before).isEqualTo(rest * (MeaningText.PASSAGES + 2) + 1);
    byte[] twice = Files.readAllBytes(file());
    assertThat(build(Map.of())).isZero();
    Files.delete(file());
    build(Map.of());
    assertThat(twice).isEqualTo(Files.readAllBytes(file()));
  }

  @Test
  void aLabelCostsOneFeatureAndIsFoundAtOnce() throws IOException {
    build(Map.of());
    try (MeaningSearch search = search()) {
      assertThat(search.nearest("golden gate", 1, Map.of()).nearest().getFirst().cosine())
          .isLessThan(0.9);
      encoder.asked.clear();
      Map<Integer, String> written = Map.of(11, "golden gate", DEAD, "never fires", 9_999, "no");
      NearestMeanings.Match first = search.nearest("golden gate", 1, written).nearest().getFirst();
      assertThat(first.latent()).isEqualTo(11);
      assertThat(first.cosine()).isCloseTo(1, within(1e-6));
      assertThat(encoder.asked)
          .containsExactlyInAnyOrder("golden gate", "never fires", "golden gate");
      assertThat(search.nearest("never fires", 1, written).nearest().getFirst().latent())
          .isEqualTo(DEAD);
      assertThat(search.nearest("golden gate", 1, Map.of()).nearest().getFirst().cosine())
          .isLessThan(0.9); // taken away again
    }
    assertThat(build(Map.of())).isZero();
  }

  @Test
  void vectorsOfAnotherEncoderAreNotTaken() throws IOException {
    build(Map.of());
    MeaningBuilder other = new MeaningBuilder(index, new WordEncoder("b"));
    try (MeaningFile file = MeaningFile.open(file())) {
      assertThatThrownBy(() -> new MeaningSearch(file, other)).hasMessageContaining("--meaning");
    }
    assertThat(other.build(file(), Map.of(), done -> {})).isEqualTo(LATENTS - LATENTS / 50);
  }

  @Test
  void aDamagedFileIsRefused() throws IOException {
    build(Map.of());
    try (FileChannel channel = FileChannel.open(file(), StandardOpenOption.WRITE)) {
      channel.truncate(channel.size() - 1);
    }
    assertThatThrownBy(() -> MeaningFile.open(file())).isInstanceOf(FormatException.class);
  }
}
