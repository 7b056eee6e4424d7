package org.sememe.app.studio;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.BoundingBox;
import com.microsoft.playwright.options.ColorScheme;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sememe.analysis.geometry.DirectionMap;
import org.sememe.analysis.index.FeatureDetail;
import org.sememe.app.studio.FeatureNotes.Note;

/** Finding features: by label, by example, by prompt, and keeping lists of them. */
class FindingPagesTest {
  private static final SyntheticFeatures FEATURES = new SyntheticFeatures(400, 600, 1);
  private static final String EXAMPLE =
      "/find?t=the+calm+bay&t=a+calm+bay+by+the+bridge&o=the+bridge&o=if+value";

  @TempDir private static Path folder;
  private static FeatureNotes notes;
  private static FeatureLists lists;
  private static OpenStudio studio;

  @BeforeAll
  static void start() throws IOException {
    notes = new FeatureNotes(folder.resolve(FeatureNotes.FILE));
    lists = new FeatureLists(folder.resolve(FeatureLists.FILE));
    notes.put(41, new Note("Quiet waters <b>", "a note"));
    lists.put("kept before", Set.of(3, 5, 41));
    MapFile.write(folder.resolve(MapFile.FILE), grid());
    studio =
        OpenStudio.start(
            StudioPreview.options(FEATURES)
                .withNotes(notes)
                .withLists(lists)
                .withMeaning(new SyntheticMeanings(FEATURES, true))
                .withMap(folder.resolve(MapFile.FILE)));
  }

  /** Latents in rows of 20: latent i stands at {@code (i % 20, i / 20)}. */
  private static DirectionMap grid() {
    int[] latents = IntStream.range(0, 400).toArray();
    float[] x = new float[400];
    float[] y = new float[400];
    for (int i = 0; i < 400; i++) {
      x[i] = i % 20;
      y[i] = i / 20;
    }
    return new DirectionMap(latents, x, y, new DirectionMap.Kept(0.41, 0.28, 0.025, 10, 400));
  }

  @AfterAll
  static void stop() {
    if (studio != null) {
      studio.close();
    }
  }

  @ParameterizedTest
  @CsvSource({"LIGHT,1440,900", "DARK,1440,900", "LIGHT,360,740", "DARK,360,740"})
  void everyPageIsCleanInEveryThemeAndSize(ColorScheme scheme, int width, int height) {
    try (StudioBrowser.Window window = studio.window(scheme, width, height)) {
      for (String[] page :
          new String[][] {
            {"picked", "/?pick=3,5&list=kept+before&status=all"},
            {"find-empty", "/find"},
            {"find", EXAMPLE},
            {"meaning-empty", "/find?by=meaning"},
            {"meaning", "/find?by=meaning&text=calm+bay+western+California"},
            {"map", "/map"},
            {"map-box", "/map?q=the&box=2.5,1.5,8.5,9.5"},
            {"prompt-quantile", "/prompt?text=the+calm+bay+in+western+California&order=quantile"},
            {"prompt-loss", "/prompt?text=the+calm+bay+in+western+California&order=loss"}
          }) {
        window.show(page[1]);
        window.page().waitForTimeout(100);
        OpenStudio.checkPage(page[0], window.page());
        window.screenshot("test-" + page[0] + "-" + scheme + "-" + width, false);
      }
      assertThat(window.problems()).isEmpty();
    }
  }

  @Test
  void aLabelThatAPersonGaveIsFoundAndShownAsText() {
    try (StudioBrowser.Window window = studio.window()) {
      window.show("/?q=quiet+WATERS");
      assertThat(window.page().locator("a.row")).hasCount(1);
      assertThat(window.page().locator("a.row .given-label")).hasText("Quiet waters <b>");
      assertThat(window.page().locator("a.row .row-id")).hasText("41");
      assertThat(window.problems()).isEmpty();
    }
  }

  @Test
  void featuresAreFoundByExample() {
    try (StudioBrowser.Window window = studio.window()) {
      Page page = window.page();
      window.show("/find");
      assertThat(page.getByText("Find", new Page.GetByTextOptions().setExact(true)).last())
          .isDisabled();
      page.getByLabel("Fires in each of these").fill("the calm bay\na calm bay by the bridge");
      page.getByLabel("and in none of these").fill("the bridge\nif value");
      page.keyboard().press("Control+Enter");
      page.waitForSelector(".matches tbody tr");
      assertThat(page).hasURL(Pattern.compile("/find\\?t=the\\+calm\\+bay&t=a\\+calm.*&o=the"));
      window.settled();
      Locator rows = page.locator(".matches tbody tr");
      List<String> scores = page.locator(".matches tbody td:nth-child(3)").allInnerTexts();
      assertThat(scores.stream().map(s -> -Double.parseDouble(s)).toList()).isSorted();
      assertThat(rows.first().locator("td").nth(2)).hasText("2 of 2");
      assertThat(rows.first().locator("td").nth(4)).hasText("0 of 2");
      String before = page.locator(".matches").innerText();
      page.reload();
      page.waitForSelector(".matches tbody tr");
      assertThat(page.locator(".matches").innerText()).isEqualTo(before);
      assertThat(page.getByLabel("Fires in each of these"))
          .hasValue("the calm bay\na calm bay by the bridge");
      int found = rows.count();
      page.getByText("Show them in the list").click();
      window.settled();
      assertThat(page.locator(".found b")).hasText(found + " features");
      assertThat(window.problems()).isEmpty();
    }
  }

  @Test
  void featuresAreFoundByMeaningAndTheTextIsInTheUrl() {
    try (StudioBrowser.Window window = studio.window()) {
      Page page = window.page();
      window.show("/find");
      page.getByText("By meaning").click();
      assertThat(page).hasURL(Pattern.compile("/find\\?by=meaning$"));
      page.keyboard().press("/");
      page.keyboard().type("calm bay");
      page.keyboard().press("Enter");
      assertThat(page).hasURL(Pattern.compile("by=meaning&text=calm\\+bay"));
      page.waitForSelector("a.row.meant");
      window.settled();
      List<String> cosines = page.locator(".cosine b").allInnerTexts();
      assertThat(cosines).hasSize(30);
      assertThat(cosines.stream().map(c -> -Double.parseDouble(c)).toList()).isSorted();
      assertThat(page.locator(".found")).containsText("30 features");
      int first = Integer.parseInt(page.locator("a.row .row-id").first().innerText());
      FeatureDetail best = FEATURES.feature(first).orElseThrow();
      assertThat(best.topTokens().stream().map(String::strip)).containsAnyOf("calm", "bay");
      assertThat(page.locator("a.row .sample").first())
          .containsText(
              String.format(Locale.ROOT, "%,d of %,d", best.activeTokens(), best.tokens()));
      page.reload();
      page.waitForSelector("a.row.meant");
      window.settled();
      assertThat(page.locator("#meaning-text")).hasValue("calm bay");
      assertThat(page.locator(".cosine b").allInnerTexts()).isEqualTo(cosines);
      page.keyboard().press("j");
      page.keyboard().press("j");
      page.keyboard().press("k");
      page.keyboard().press("Enter");
      assertThat(page).hasURL(Pattern.compile("/feature/" + first + "$"));
      page.goBack();
      page.getByText("Show them in the list").click();
      window.settled();
      assertThat(page.locator(".found b")).hasText("30 features");
      assertThat(window.problems()).isEmpty();
    }
  }

  @Test
  void withoutMeaningsThePageNamesTheCommand() {
    try (OpenStudio none =
            OpenStudio.start(
                StudioOptions.of(FEATURES).withMeaning(new SyntheticMeanings(FEATURES, false)));
        StudioBrowser.Window window = none.window()) {
      window.show("/find?by=meaning&text=water");
      assertThat(window.page().locator(".nothing code")).hasText("sememe index RUN --meaning");
      OpenStudio.checkPage("meaning-missing", window.page());
      assertThat(window.problems()).isEmpty();
    }
  }

  @Test
  void aPromptsFeaturesAreOrderedByQuantileAndTheOrderIsInTheUrl() {
    try (StudioBrowser.Window window = studio.window()) {
      Page page = window.page();
      window.show("/prompt?text=the+calm+bay+by+the+bridge&token=2");
      page.selectOption(".ranking select", "quantile");
      assertThat(page).hasURL(Pattern.compile("order=quantile"));
      page.reload();
      window.settled();
      assertThat(page.locator(".ranking select")).hasValue("quantile");
      Pattern above = Pattern.compile("above ([0-9.]+) % of its activations");
      List<Double> quantiles =
          page.locator(".ranked-numbers small").allInnerTexts().stream()
              .map(above::matcher)
              .peek(matcher -> assertThat(matcher.find()).isTrue())
              .map(matcher -> -Double.parseDouble(matcher.group(1)))
              .toList();
      assertThat(quantiles).hasSizeGreaterThan(1).isSorted();
      String first = page.locator(".ranked .row-id").first().innerText();
      assertThat(page.locator(".cell[aria-pressed=true] .cell-features small").first())
          .hasText(first);
      assertThat(window.problems()).isEmpty();
    }
  }

  @Test
  void aPromptsFeaturesAreOrderedByWhatLeavingThemOutDoes() {
    try (StudioBrowser.Window window = studio.window()) {
      Page page = window.page();
      window.show("/prompt?text=the+calm+bay+by+the+bridge&token=2");
      page.selectOption(".ranking select", "loss");
      assertThat(page).hasURL(Pattern.compile("order=loss"));
      page.waitForSelector(".loss");
      for (int pass = 0; pass < 2; pass++) {
        List<Double> losses =
            page.locator(".ranked .loss").allInnerTexts().stream()
                .map(text -> -Double.parseDouble(text.replace('−', '-').split(" ")[0]))
                .toList();
        assertThat(losses).hasSizeGreaterThan(1).isSorted();
        assertThat(losses.getFirst()).isNegative(); // it helps
        String first = page.locator(".ranked .row-id").first().innerText();
        assertThat(page.locator(".cell[aria-pressed=true] .cell-features small").first())
            .hasText(first);
        page.reload();
        page.waitForSelector(".loss");
      }
      assertThat(page.locator(".card-note").first()).containsText("active features");
      assertThat(window.problems()).isEmpty();
    }
  }

  @Test
  void featuresArePickedKeptInAListTakenOutAndTheListIsDeleted() {
    try (StudioBrowser.Window window = studio.window()) {
      Page page = window.page();
      window.show("/?sort=latent&order=asc");
      page.getByLabel("Pick feature 1", new Page.GetByLabelOptions().setExact(true)).check();
      page.getByLabel("Pick feature 2", new Page.GetByLabelOptions().setExact(true)).check();
      assertThat(page).hasURL(Pattern.compile("pick=1%2C2"));
      assertThat(page.locator(".picked")).containsText("2 features picked");
      assertThat(page.locator(".picked a[href='/compare?a=1&b=2']")).isVisible();
      page.getByLabel("Name of the list").fill("two of them");
      page.getByText("Keep in list").click();
      assertThat(page).hasURL(Pattern.compile("list=two\\+of\\+them"));
      window.settled();
      assertThat(page.locator("a.row")).hasCount(2);
      assertThat(lists.all().get("two of them")).containsExactly(1, 2);
      assertThat(page.locator("select[name=list]")).hasValue("two of them");
      page.reload();
      window.settled();
      assertThat(page.locator("a.row")).hasCount(2);

      page.getByLabel("Pick feature 1", new Page.GetByLabelOptions().setExact(true)).check();
      page.getByText("Take out of").click();
      assertThat(page.locator("a.row")).hasCount(1);
      assertThat(lists.all().get("two of them")).containsExactly(2);
      page.getByText("Delete the list").click();
      assertThat(page).hasURL(Pattern.compile("/$"));
      assertThat(lists.all()).containsOnlyKeys("kept before");
      assertThat(window.problems()).isEmpty();
    }
  }

  @Test
  void allOfAPageIsPickedAndShownAlone() {
    try (StudioBrowser.Window window = studio.window()) {
      Page page = window.page();
      window.show("/?q=california");
      int rows = page.locator("a.row").count();
      page.getByLabel("Pick all on this page").check();
      assertThat(page.locator(".picked b")).hasText(rows + " features picked");
      page.getByText("Show only these").click();
      window.settled();
      assertThat(page.locator("a.row")).hasCount(rows);
      page.getByLabel("Pick all on this page").uncheck();
      assertThat(page.locator(".picked b")).hasCount(0);
      assertThat(window.problems()).isEmpty();
    }
  }

  @Test
  void aBoxOnTheMapSelectsAndIsInTheUrl() {
    try (StudioBrowser.Window window = studio.window()) {
      Page page = window.page();
      window.show("/map");
      assertThat(page.locator(".map-page .card-note").first()).containsText("chance 2.5 %");
      page.waitForFunction("() => document.querySelector('.plane canvas').width > 300");
      BoundingBox plane = page.locator(".plane canvas").boundingBox();
      page.mouse().move(plane.x + 40, plane.y + 4); // its corners are round
      page.mouse().down();
      page.mouse().move(plane.x + plane.width - 40, plane.y + plane.height - 4);
      page.mouse().up();
      assertThat(page).hasURL(Pattern.compile("box=-"));
      assertThat(page.locator(".selection .found b")).hasText("400 features"); // the whole plane

      window.show("/map?box=2.5,0.5,4.5,2.5");
      assertThat(page.locator(".brush")).isVisible();
      assertThat(page.locator(".selection .found b")).hasText("4 features");
      Set<String> inside = Set.copyOf(page.locator(".selection .row-id").allInnerTexts());
      assertThat(inside).containsExactlyInAnyOrder("23", "24", "43", "44");
      page.reload();
      window.settled();
      assertThat(page.locator(".selection .found b")).hasText("4 features");
      page.getByText("Show them in the list").click();
      window.settled();
      assertThat(page.locator("a.row")).hasCount(4);
      page.goBack();
      page.getByText("Clear").click();
      assertThat(page).hasURL(Pattern.compile("/map$"));
      assertThat(page.locator(".selection")).containsText("Nothing is selected");
      assertThat(window.problems()).isEmpty();
    }
  }

  @Test
  void aPointSaysWhatItIsAndOpensItsFeature() {
    try (StudioBrowser.Window window = studio.window()) {
      Page page = window.page();
      window.show("/map");
      page.waitForFunction("() => document.querySelector('.plane canvas').width > 300");
      BoundingBox plane = page.locator(".plane canvas").boundingBox();
      // The scale is that of the shorter side; latent 0 is at the lower left corner of the square.
      double side = Math.min(plane.width, plane.height) - 36;
      double x = plane.x + (plane.width - side) / 2;
      double y = plane.y + (plane.height + side) / 2;
      page.mouse().move(x + 1, y + 1);
      assertThat(page.locator(".map-tip b")).hasText("0");
      page.mouse().down();
      page.mouse().up();
      assertThat(page).hasURL(Pattern.compile("/feature/0$"));
      window.settled();
      assertThat(window.problems()).isEmpty();
    }
  }

  @Test
  void whereThereIsNoMapThePageSaysHowToMakeOne() {
    try (OpenStudio none = OpenStudio.start(StudioOptions.of(FEATURES));
        StudioBrowser.Window window = none.window()) {
      window.show("/map");
      assertThat(window.page().locator(".nothing")).containsText("sememe index");
      assertThat(window.problems()).isEmpty();
    }
  }

  @Test
  void theMapsFilterDimsTheRest() {
    try (StudioBrowser.Window window = studio.window()) {
      Page page = window.page();
      window.show("/map");
      page.getByPlaceholder("Filter by token or label").fill("quiet w");
      assertThat(page).hasURL(Pattern.compile("q=quiet\\+w"));
      assertThat(page.locator(".map-foot b")).hasText("1");
      window.show("/map?q=quiet+w&box=-1,-1,20,20");
      assertThat(page.locator(".selection .found b")).hasText("1 feature");
      assertThat(page.locator(".selection .given-label")).hasText("Quiet waters <b>");
      assertThat(window.problems()).isEmpty();
    }
  }
}
