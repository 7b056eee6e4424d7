package org.sememe.app.studio;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.options.ColorScheme;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sememe.analysis.geometry.DirectionMap;
import org.sememe.analysis.index.FeatureDetail;
import org.sememe.analysis.index.FeatureIndex;
import org.sememe.analysis.index.FeatureQuery;
import org.sememe.app.Main;
import org.sememe.app.inputs.DictionaryFolder;
import org.sememe.app.inputs.QuietOpener;
import org.sememe.app.stages.RunningModel;
import org.sememe.app.stages.StoredMeanings;
import org.sememe.models.testing.SeededText;
import org.sememe.models.testing.TinyEncoder;
import org.sememe.models.testing.TinyModel;
import org.sememe.models.text.Document;

/** The three pages on an index that the commands built, in both themes. */
class IndexedStudioTest {
  private static final String HOOK = "blocks.1.hook_resid_post";

  @TempDir private static Path folder;
  private static FeatureIndex index;
  private static StudioServer server;
  private static StudioBrowser browser;
  private static StoredMeanings meanings;
  private static FeatureNotes notes;

  @BeforeAll
  static void build() throws IOException {
    Optional<Path> chromium = StudioBrowser.executable();
    Assumptions.assumeTrue(chromium.isPresent(), "no Chromium here: set SEMEME_CHROMIUM to one");
    Path weights = TinyModel.write(folder.resolve("model"), 5);
    Path text = Files.createDirectories(folder.resolve("text"));
    try (Stream<Document> documents = new SeededText(1, 60, 200).documents()) {
      for (Document document : documents.toList()) {
        Files.writeString(text.resolve(document.name() + ".txt"), document.text());
      }
    }
    Path run = folder.resolve("run");
    sememe(
        "harvest",
        weights,
        "--text",
        text,
        "--hooks",
        HOOK,
        "--context-length",
        32,
        "--out",
        folder.resolve("store"));
    sememe(
        "train",
        "--store",
        folder.resolve("store"),
        "--latents",
        64,
        "--k",
        4,
        "--batch",
        128,
        "--tokens",
        "10k",
        "--set",
        "sample-rows=512",
        "--out",
        run);
    Path encoder = Files.createDirectories(folder.resolve("encoder"));
    TinyEncoder.write(encoder, TinyEncoder.words(letters()), 3);
    TinyEncoder.pooling(encoder);
    sememe("index", run, "--map", "--meaning", "--encoder", encoder);
    index = FeatureIndex.open(run.resolve("index.duckdb"));
    meanings = new StoredMeanings(QuietOpener.opener(), run, index);
    notes = new FeatureNotes(run.resolve(FeatureNotes.FILE));
    server =
        StudioServer.start(
            StudioOptions.of(index)
                .withMeaning(meanings)
                .withNotes(notes)
                .withMap(run.resolve(MapFile.FILE))
                .withModel(() -> opened(weights, run)));
    browser = StudioBrowser.start(chromium.get());
  }

  /** All letters, at a word's begin and within one. */
  private static String[] letters() {
    return IntStream.rangeClosed('a', 'z')
        .mapToObj(letter -> String.valueOf((char) letter))
        .flatMap(letter -> Stream.of(letter, "##" + letter))
        .toArray(String[]::new);
  }

  private static RunningModel opened(Path weights, Path run) {
    try {
      return RunningModel.open(
          QuietOpener.opener(), DictionaryFolder.of(run.toString()), weights.toString(), index);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void sememe(Object... arguments) {
    String[] words = Arrays.stream(arguments).map(Object::toString).toArray(String[]::new);
    assertThat(Main.commandLine().execute(words)).as(String.join(" ", words)).isZero();
  }

  @AfterAll
  static void close() {
    if (browser != null) {
      browser.close();
      server.close();
      meanings.close();
      index.close();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = ColorScheme.class,
      names = {"LIGHT", "DARK"})
  void thePagesShowWhatTheIndexHolds(ColorScheme scheme) {
    FeatureDetail strongest = index.feature(firing()).orElseThrow();
    try (StudioBrowser.Window window = browser.open(server.address(), 1200, 900, scheme)) {
      window.show("/?sort=max_activation");
      assertThat(window.page().locator("main a[href^='/feature/']").first().getAttribute("href"))
          .startsWith("/feature/" + strongest.latent());

      window.show("/feature/" + strongest.latent());
      assertThat(window.page().locator(".example").count()).isEqualTo(strongest.examples().size());

      window.show("/prompt?text=hello+sememe");
      assertThat(window.page().locator(".token-grid li").count()).isEqualTo(12);
      assertThat(window.page().locator(".ranked a[href^='/feature/']").count()).isPositive();
      assertThat(window.problems()).isEqualTo(List.of());
    }
  }

  @Test
  void theModelSaysWhatAFeatureDoesAtAToken() {
    try (StudioBrowser.Window window =
        browser.open(server.address(), 1200, 900, ColorScheme.LIGHT)) {
      int latent = firing();
      window.show("/feature/" + latent + "?text=hello+sememe");
      assertThat(window.page().locator(".own-text .card-note").innerText()).contains("tokens");
      window.page().locator(".example .tk.peak").first().hover();
      window.page().waitForSelector(".token-card .raised li");
      assertThat(window.page().locator(".token-card").innerText()).contains("without the feature");
      window.page().locator("h1").hover();
      window.page().getByLabel("Causal underline").check();
      window.page().waitForFunction("() => /all \\d+ example/.test(document.body.innerText)");
      assertThat(window.problems()).isEqualTo(List.of());
    }
  }

  @Test
  void aFeatureIsFoundByWhatItMeansAndByALabelAtOnce() {
    try (StudioBrowser.Window window =
        browser.open(server.address(), 1200, 900, ColorScheme.LIGHT)) {
      window.show("/find?by=meaning&text=hello+sememe");
      window.page().waitForSelector("a.row.meant");
      assertThat(window.page().locator("a.row.meant").count()).isEqualTo(30);
      assertThat(window.page().locator(".found").innerText())
          .contains("of " + index.summary().alive() + " with a meaning");
      int labelled = firing();
      notes.put(labelled, new FeatureNotes.Note("seven pale cats", ""));
      window.show("/find?by=meaning&text=seven+pale+cats");
      window.page().waitForSelector("a.row.meant");
      assertThat(window.page().locator("a.row .row-id").first().innerText())
          .isEqualTo(String.valueOf(labelled));
      assertThat(window.page().locator(".cosine b").first().innerText()).isEqualTo("1.00");
      notes.put(labelled, FeatureNotes.Note.NONE);
      assertThat(window.problems()).isEqualTo(List.of());
    }
  }

  @Test
  void theMapHasAPlaceForEveryLatent() throws IOException {
    DirectionMap map = MapFile.read(folder.resolve("run").resolve(MapFile.FILE), 64);
    assertThat(map.latents()).hasSize(64);
    assertThat(map.kept().share()).isGreaterThan(map.kept().chance());
    float[] densities = index.densities();
    assertThat(densities).hasSize(64);
    assertThat(densities[firing()])
        .isEqualTo((float) index.feature(firing()).orElseThrow().density());
    FeatureQuery fires =
        new FeatureQuery(
            "",
            FeatureQuery.Sort.DENSITY,
            true,
            FeatureQuery.Status.ALIVE,
            FeatureQuery.Range.ANY,
            FeatureQuery.Range.ANY,
            0,
            1);
    assertThat(index.latents(fires)).hasSize(index.summary().alive());
    assertThat(index.latents(fires.within(Set.of(1, 2, firing())))).contains(firing());
    assertThat(index.latents(fires.within(Set.of()))).isEmpty();
    try (StudioBrowser.Window window =
        browser.open(server.address(), 1200, 900, ColorScheme.LIGHT)) {
      window.show("/map?box=-100,-100,100,100");
      assertThat(window.page().locator(".selection .found b").innerText()).isEqualTo("64 features");
      assertThat(window.problems()).isEqualTo(List.of());
    }
  }

  private static int firing() {
    return index
        .list(
            new FeatureQuery(
                "",
                FeatureQuery.Sort.MAX_ACTIVATION,
                true,
                FeatureQuery.Status.ALIVE,
                FeatureQuery.Range.ANY,
                FeatureQuery.Range.ANY,
                0,
                1))
        .features()
        .getFirst()
        .latent();
  }

  @ParameterizedTest
  @EnumSource(
      value = ColorScheme.class,
      names = {"LIGHT", "DARK"})
  void anExportedPageStandsAlone(ColorScheme scheme) {
    Path out = folder.resolve("features-" + scheme + ".html");
    sememe(
        "export", folder.resolve("run"), "--format", "html", "--features", firing(), "--out", out);
    try (StudioBrowser.Window window = browser.open(server.address(), 1000, 900, scheme)) {
      window.page().navigate(out.toUri().toString());
      assertThat(window.page().locator(".examples li").count()).isPositive();
      OpenStudio.checkPage("export", window.page());
      window.screenshot("test-export-" + scheme, false);
      assertThat(window.problems()) // nothing but the file itself
          .isEqualTo(List.of("another host was asked: " + out.toUri()));
    }
  }
}
