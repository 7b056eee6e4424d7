package org.sememe.app.studio;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.sememe.analysis.geometry.DictionaryPartners;
import org.sememe.analysis.geometry.DirectionMap;
import org.sememe.analysis.index.DictionarySummary;
import org.sememe.analysis.index.FeatureDetail;
import org.sememe.analysis.index.FeatureExample;
import org.sememe.analysis.index.FeatureList;
import org.sememe.analysis.index.FeatureQuery;
import org.sememe.analysis.index.FeatureSource;
import org.sememe.app.studio.FeatureNotes.Note;

/**
 * Whatever a token, a label or a list's name contains, every page shows it as text: nothing of it
 * runs, loads, reorders the page or makes it wider than its window. One feature's first texts are a
 * megabyte without a space.
 */
class HostileTextTest {
  private static final String NAME =
      SyntheticText.MARKUP + SyntheticText.IMAGE + SyntheticText.OVERRIDE;
  private static final int LATENT = SyntheticFeatures.HOSTILE_LATENT;

  @TempDir private static Path folder;
  private static OpenStudio studio;

  /** Features of which one has a megabyte where each of its texts begins. */
  private record Loud(FeatureSource features) implements FeatureSource {
    private static final String MEGABYTE = "x".repeat(1 << 20);

    private static List<String> loud(List<String> texts) {
      List<String> louder = new ArrayList<>(texts);
      louder.addFirst(MEGABYTE);
      return List.copyOf(louder);
    }

    private static FeatureExample loud(FeatureExample example) {
      List<String> tokens = new ArrayList<>(example.tokens());
      tokens.set(example.peak(), MEGABYTE);
      return new FeatureExample(
          example.id(),
          example.group(),
          example.interval(),
          example.activation(),
          example.peak(),
          tokens,
          example.activations(),
          example.document().map(d -> NAME),
          example.split());
    }

    @Override
    public DictionarySummary summary() {
      return features.summary();
    }

    @Override
    public FeatureList list(FeatureQuery query) {
      FeatureList found = features.list(query);
      return new FeatureList(
          found.total(),
          found.offset(),
          found.features().stream().map(row -> row.latent() == LATENT ? loud(row) : row).toList());
    }

    private static FeatureList.Row loud(FeatureList.Row row) {
      return new FeatureList.Row(
          row.latent(),
          loud(row.topTokens()),
          row.density(),
          row.activeTokens(),
          row.maxActivation(),
          row.meanActivation(),
          row.norm(),
          row.dead(),
          row.example().map(Loud::loud));
    }

    @Override
    public int[] latents(FeatureQuery query) {
      return features.latents(query);
    }

    @Override
    public float[] densities() {
      return features.densities();
    }

    @Override
    public Optional<FeatureDetail> feature(int latent) {
      return features.feature(latent).map(f -> latent == LATENT ? loud(f) : f);
    }

    private static FeatureDetail loud(FeatureDetail f) {
      List<FeatureExample> examples = new ArrayList<>(f.examples());
      examples.set(0, loud(examples.getFirst()));
      List<FeatureDetail.Effect> raised = new ArrayList<>(f.logits().raised());
      raised.set(0, new FeatureDetail.Effect(MEGABYTE, raised.getFirst().effect()));
      List<FeatureDetail.TokenStatistic> statistics = new ArrayList<>(f.tokenStatistics());
      FeatureDetail.TokenStatistic first = statistics.getFirst();
      statistics.set(
          0,
          new FeatureDetail.TokenStatistic(
              MEGABYTE, first.count(), first.share(), first.lift(), first.baseCount()));
      List<FeatureDetail.Neighbour> neighbours = new ArrayList<>(f.neighbours());
      FeatureDetail.Neighbour near = neighbours.getFirst();
      neighbours.set(
          0,
          new FeatureDetail.Neighbour(
              near.latent(), loud(near.topTokens()), near.cosine(), near.density()));
      return new FeatureDetail(
          f.latent(),
          loud(f.topTokens()),
          f.density(),
          f.activeTokens(),
          f.tokens(),
          f.maxActivation(),
          f.meanActivation(),
          f.norm(),
          f.dead(),
          f.histogram(),
          f.intervals(),
          examples,
          new FeatureDetail.Logits(raised, f.logits().lowered()),
          neighbours,
          statistics,
          Optional.of(
              new FeatureDetail.Coactivation(
                  f.tokens(),
                  f.activeTokens(),
                  List.of(
                      new FeatureDetail.Partner(
                          near.latent(), loud(near.topTokens()), 5, 9, 0.1, 0.7)))));
    }
  }

  @BeforeAll
  static void start() throws IOException {
    SyntheticFeatures features = new SyntheticFeatures(100, 200, 1);
    FeatureNotes notes = new FeatureNotes(folder.resolve(FeatureNotes.FILE));
    FeatureLists lists = new FeatureLists(folder.resolve(FeatureLists.FILE));
    notes.put(3, new Note(NAME, SyntheticText.IMAGE + SyntheticText.CONTROL));
    lists.put(NAME, Set.of(3, LATENT));
    MapFile.write(
        folder.resolve(MapFile.FILE),
        new DirectionMap(
            new int[] {3, LATENT},
            new float[] {0, 1},
            new float[] {0, 1},
            new DirectionMap.Kept(0.5, 0.4, 0.1, 1, 2)));
    studio =
        OpenStudio.start(
            StudioOptions.of(new Loud(features))
                .withModel(() -> new SyntheticModel(features))
                .withMetrics(StudioPreview.METRICS)
                .withNotes(notes)
                .withLists(lists)
                .withMap(folder.resolve(MapFile.FILE))
                .withComparison(
                    () -> new Comparison(NAME, new Loud(features), List.of(), partners())));
  }

  private static DictionaryPartners partners() {
    int[] own = IntStream.range(0, 100).toArray();
    float[] cosines = new float[100];
    Arrays.fill(cosines, 0.5f);
    cosines[LATENT] = 1; // the first of the pairs
    return new DictionaryPartners(own, cosines, cosines, new float[10]);
  }

  @AfterAll
  static void stop() {
    if (studio != null) {
      studio.close();
    }
  }

  static List<String> pages() {
    String all = String.join("", SyntheticText.HOSTILE);
    return List.of(
        "/?status=all&sort=latent&order=asc",
        "/?status=all&pick=3&list=" + encoded(NAME),
        "/?status=all&q=" + encoded(all.substring(0, 180)),
        "/feature/3",
        "/feature/" + LATENT,
        "/feature/" + LATENT + "?view=full&text=" + encoded(all),
        "/feature/" + LATENT + "?embed=1",
        "/compare?a=" + LATENT + "&b=3",
        "/compare",
        "/find?t=" + encoded(SyntheticText.MARKUP) + "&o=" + encoded(SyntheticText.CONTROL),
        "/map?box=-1,-1,2,2&q=" + encoded(SyntheticText.MARKUP),
        "/map?box=-1,-1,2,2",
        "/prompt?text=" + encoded(all),
        "/steer?f=" + LATENT + "=5x:clamp&n=12&run=1&text=" + encoded(SyntheticText.MARKUP));
  }

  @ParameterizedTest
  @MethodSource("pages")
  void isShownAsText(String path) {
    try (StudioBrowser.Window window = studio.window()) {
      Page page = window.page();
      window.show(path);
      assertThat(page.evaluate("() => window.hacked")).isNull();
      assertThat(page.locator("#app script, #app img:not([src$='/icon.svg'])")).hasCount(0);
      assertThat(PageChecks.overflow(page)).as("wider than the window").isNotPositive();
      // What is drawn: a field that is typed in holds what was typed.
      assertThat(page.locator("#main").innerText()).doesNotContain("\u202E", "\u2066", "\u0000");
      assertThat(page.locator("#main").innerText().length()).isLessThan(200_000);
      assertThat(window.problems()).isEmpty();
    }
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
