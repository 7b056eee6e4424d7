package org.sememe.app.studio;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sememe.analysis.geometry.DictionaryPartners;

/** Two features, and two dictionaries, in one frame. */
class ComparePagesTest {
  private static final SyntheticFeatures FEATURES = new SyntheticFeatures(400, 600, 1);
  private static final SyntheticFeatures OTHERS = new SyntheticFeatures(200, 300, 2);
  private static final AtomicInteger MADE = new AtomicInteger();

  private static OpenStudio studio;
  private static OpenStudio alone;

  @BeforeAll
  static void start() {
    studio =
        OpenStudio.start(
            StudioPreview.options(FEATURES)
                .withComparison(
                    () -> {
                      MADE.incrementAndGet();
                      return new Comparison("wide <b>", OTHERS, StudioPreview.METRICS, partners());
                    }));
    alone = OpenStudio.start(StudioOptions.of(FEATURES));
  }

  /** Latent i's partner is {@code i / 2}, with a cosine of {@code i / 400}. */
  private static DictionaryPartners partners() {
    int[] partners = new int[400];
    float[] cosines = new float[400];
    for (int i = 0; i < 400; i++) {
      partners[i] = i / 2;
      cosines[i] = i / 400f;
    }
    float[] chance = new float[100];
    Arrays.fill(chance, 0.2f);
    float[] back = new float[200];
    Arrays.fill(back, 0, 50, 0.9f);
    return new DictionaryPartners(partners, cosines, back, chance);
  }

  @AfterAll
  static void stop() {
    if (studio != null) {
      studio.close();
      alone.close();
    }
  }

  @ParameterizedTest
  @CsvSource({"LIGHT,1440,900", "DARK,1440,900", "LIGHT,360,740", "DARK,360,740"})
  void everyPageIsCleanInEveryThemeAndSize(ColorScheme scheme, int width, int height) {
    try (StudioBrowser.Window window = studio.window(scheme, width, height)) {
      for (String[] page :
          new String[][] {
            {"compare", "/compare"},
            {"compare-features", "/compare?a=3&b=41"},
            {"compare-dead", "/compare?a=3&b=" + SyntheticFeatures.DEAD_LATENT},
            {"compare-hostile", "/compare?a=" + SyntheticFeatures.HOSTILE_LATENT + "&other=20"}
          }) {
        window.show(page[1]);
        OpenStudio.checkPage(page[0], window.page());
        window.screenshot("test-" + page[0] + "-" + scheme + "-" + width, width > 1000);
      }
      assertThat(window.problems()).isEmpty();
    }
  }

  @Test
  void twoFeaturesStandInOneFrame() {
    try (StudioBrowser.Window window = studio.window()) {
      Page page = window.page();
      int near = FEATURES.feature(3).orElseThrow().neighbours().getFirst().latent();
      window.show("/compare?a=3&b=" + near);
      assertThat(page.locator(".side")).hasCount(2);
      assertThat(page.locator(".side h2 a").first()).hasText("3");
      assertThat(page.locator(".strip-numbers dd").first()).not().containsText("not near");
      // The longer histogram fills the shared axis, the other a part of it.
      assertThat(page.locator(".pair-histogram figcaption span:last-child").allInnerTexts())
          .hasSize(2)
          .containsOnly(
              page.locator(".pair-histogram figcaption span:last-child").first().innerText());
      page.locator(".side h2 a").last().click();
      assertThat(page).hasURL(Pattern.compile("/feature/" + near + "$"));
      assertThat(window.problems()).isEmpty();
    }
  }

  @Test
  void twoDictionariesAreComparedOnceAndPaired() {
    try (StudioBrowser.Window window = studio.window()) {
      Page page = window.page();
      window.show("/compare");
      page.waitForSelector(".pairs tbody tr");
      Locator shares = page.locator(".benchmarks tbody tr").last().locator("td");
      assertThat(shares.first()).containsText("29.8 %"); // 281 to 399 of 400 are above 0.7
      assertThat(shares.last()).containsText("25.0 %");
      assertThat(shares.first()).containsText("random directions 0 %, n = 100");
      assertThat(page.locator("h1")).hasText("This dictionary beside wide <b>");
      assertThat(page.locator(".pairs tbody tr").first().locator("th")).hasText("399");
      assertThat(page.locator(".pairs tbody tr").first().locator("td").nth(3)).hasText("199");
      List<Double> cosines =
          page.locator(".pairs tbody td:nth-child(4)").allInnerTexts().stream()
              .map(cosine -> -Double.parseDouble(cosine))
              .toList();
      assertThat(cosines).hasSize(50).isSorted();

      // One of these features fires on a token of thousands of characters without a space.
      assertThat(page.locator(".pairs").boundingBox().width).isLessThan(1280);
      page.getByText("nearest first").click();
      assertThat(page).hasURL(Pattern.compile("order=asc"));
      assertThat(page.locator(".pairs tbody tr").first().locator("th")).hasText("0");
      page.getByText("Next ›").click();
      assertThat(page).hasURL(Pattern.compile("page=2"));
      assertThat(page.locator(".pairs tbody tr").first().locator("th")).hasText("50");
      page.reload();
      page.waitForSelector(".pairs tbody tr");
      assertThat(page.locator(".pairs tbody tr").first().locator("th")).hasText("50");

      page.getByText("Side by side").first().click();
      assertThat(page).hasURL(Pattern.compile("/compare\\?a=50&other=25$"));
      assertThat(page.locator(".side")).hasCount(2);
      assertThat(page.locator("h1")).containsText("of the other dictionary");
      assertThat(MADE).hasValue(1);
      assertThat(window.problems()).isEmpty();
    }
  }

  @Test
  void aFeaturesPageHasItsNearestInTheOtherDictionary() {
    try (StudioBrowser.Window window = studio.window()) {
      Page page = window.page();
      window.show("/feature/300");
      Locator near = page.locator(".elsewhere .neighbours a");
      assertThat(near.locator(".row-id")).hasText("150");
      assertThat(near.locator(".cosine")).hasText("0.75");
      page.keyboard().press("j");
      assertThat(page).hasURL(Pattern.compile("/feature/301$"));
      assertThat(near).hasAttribute("href", "/compare?a=301&other=150");
      OpenStudio.checkPage("feature beside another dictionary", page);
      near.click();
      assertThat(page.locator("h1")).hasText("Feature 301 beside 150 of the other dictionary");
      assertThat(window.problems()).isEmpty();
    }
    try (StudioBrowser.Window window = alone.window()) {
      window.show("/feature/300");
      assertThat(window.page().locator(".elsewhere")).hasCount(0);
    }
  }

  @Test
  void withoutAnotherDictionaryTwoLatentsAreAskedFor() {
    try (StudioBrowser.Window window = alone.window()) {
      Page page = window.page();
      window.show("/compare");
      OpenStudio.checkPage("compare two features", page);
      page.locator("input[name=a]").fill("3");
      page.locator("input[name=b]").fill("17");
      page.locator("button.primary").click();
      assertThat(page).hasURL(Pattern.compile("/compare\\?a=3&b=17$"));
      assertThat(page.locator(".side")).hasCount(2);
      assertThat(window.problems()).isEmpty();
    }
  }

  @Test
  void anIndexOfAnotherSizeThanItsDictionaryIsRefused() {
    assertThatThrownBy(() -> new Comparison("other", FEATURES, List.of(), partners()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("index it again");
  }
}
