package org.sememe.app.studio;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Every page in the system's Chromium. No test may leave a console error or a request to another
 * host.
 */
class StudioPagesTest {
  private static final SyntheticFeatures FEATURES = new SyntheticFeatures(400, 600, 1);
  private static OpenStudio studio;

  @BeforeAll
  static void start() {
    studio = OpenStudio.start(StudioPreview.options(FEATURES));
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
      String suffix = "-" + scheme + "-" + width;
      for (String[] page :
          new String[][] {
            {"list", "/"},
            {"feature", "/feature/3"},
            {"full", "/feature/3?view=full"},
            {"dead", "/feature/" + SyntheticFeatures.DEAD_LATENT},
            {"prompt", "/prompt?text=the+calm+bay+in+western+California&token=2"}
          }) {
        window.show(page[1]);
        OpenStudio.checkPage(page[0], window.page());
        window.screenshot("test-" + page[0] + suffix, false);
      }
      assertThat(window.problems()).isEmpty();
    }
  }

  @Test
  void theListIsSearchedFilteredSortedAndItsUrlReloads() {
    try (StudioBrowser.Window window = studio.window()) {
      Page page = window.page();
      window.show("/");
      assertThat(page.locator("a.row")).hasCount(50);
      page.keyboard().press("/");
      page.keyboard().type("california");
      assertThat(page).hasURL(Pattern.compile("q=california"));
      page.selectOption("select[name=sort]", "max_activation");
      page.locator(".segments button", new Page.LocatorOptions().setHasText("All")).click();
      assertThat(page).hasURL(Pattern.compile("status=all"));
      window.settled();
      String before = page.locator(".rows").innerText();
      assertThat(before).contains("California");
      page.reload();
      window.settled();
      assertThat(page.locator(".rows").innerText()).isEqualTo(before);
      assertThat(page.locator("input[type=search]")).hasValue("california");
      assertThat(window.problems()).isEmpty();
    }
  }

  /** Each thing is asked for once, and what cannot have changed not again. */
  @Test
  void aSecondVisitFetchesOnlyThePageAndItsData() {
    try (StudioBrowser.Window window = studio.window()) {
      List<String> asked = new CopyOnWriteArrayList<>();
      window.page().onRequest(request -> asked.add(URI.create(request.url()).getPath()));
      window.show("/");
      assertThat(window.page().locator("a.row")).hasCount(50);
      assertThat(fetched(window.page()))
          .contains("js/app.js", "css/studio.css", "features", "contents", "lists")
          .hasSizeLessThanOrEqualTo(10)
          .doesNotHaveDuplicates();
      for (String api : List.of("/api/contents", "/api/features", "/api/lists")) {
        assertThat(asked).containsOnlyOnce(api);
      }
      window.show("/");
      assertThat(window.page().locator("a.row")).hasCount(50);
      assertThat(fetched(window.page())).containsOnly("features", "contents", "lists");
      assertThat(window.problems()).isEmpty();
    }
  }

  /** Ends of the addresses whose answers came over the network. */
  @SuppressWarnings("unchecked")
  private static List<String> fetched(Page page) {
    return (List<String>)
        page.evaluate(
            """
            () => performance.getEntriesByType('resource').filter((e) => e.transferSize > 0)
              .map((e) => new URL(e.name).pathname.replace(/^\\/(v\\/[0-9a-f]+|api)\\//, ''))
            """);
  }

  @Test
  void theDensityHandlesFilter() {
    try (StudioBrowser.Window window = studio.window()) {
      window.show("/");
      String before = window.page().locator(".found b").innerText();
      Locator low = window.page().getByLabel("Lowest density");
      low.focus();
      for (int i = 0; i < 80; i++) {
        low.press("ArrowRight");
      }
      assertThat(window.page()).hasURL(Pattern.compile("density_min=0\\.01"));
      window.settled();
      assertThat(window.page().locator(".found b").innerText()).isNotEqualTo(before);
      assertThat(window.problems()).isEmpty();
    }
  }

  @Test
  void theKeyboardAloneGoesFromTheListToAFeatureAndOn() {
    try (StudioBrowser.Window window = studio.window()) {
      Page page = window.page();
      window.show("/?sort=latent&order=asc");
      page.keyboard().press("j");
      page.keyboard().press("j");
      page.keyboard().press("ArrowDown");
      page.keyboard().press("k");
      assertThat(page.locator("a.row").nth(1)).isFocused();
      int second = Integer.parseInt(page.locator("a.row .row-id").nth(1).innerText());
      String here = "/feature/" + second;
      String next = "/feature/" + (second + 1);
      page.keyboard().press("Enter");
      assertThat(page).hasURL(Pattern.compile(here + "$"));
      window.settled();
      page.keyboard().press("j");
      assertThat(page).hasURL(Pattern.compile(next + "$"));
      page.keyboard().press("ArrowLeft");
      assertThat(page).hasURL(Pattern.compile(here + "$"));
      page.keyboard().press("c");
      assertThat(page).hasURL(Pattern.compile(here + "\\?view=full$"));
      page.keyboard().press("?");
      assertThat(page.locator("dialog[open]")).isVisible();
      page.keyboard().press("Escape");
      assertThat(page.locator("dialog[open]")).hasCount(0);
      page.goBack();
      assertThat(page).hasURL(Pattern.compile(next + "$"));
      page.keyboard().press("u");
      assertThat(page)
          .hasURL(Pattern.compile("/\\?sort=latent&order=asc$")); // the list as it was left
      assertThat(page.locator("a.row").first()).isVisible();
      page.keyboard().press("ArrowRight");
      assertThat(page).hasURL(Pattern.compile("page=2"));
      assertThat(window.problems()).isEmpty();
    }
  }

  @Test
  void pointingAnywhereAnswersOnTheWholeAxis() {
    try (StudioBrowser.Window window = studio.window()) {
      Page page = window.page();
      window.show("/feature/3");
      page.locator(".example .tk.peak").first().hover();
      assertThat(page.locator(".axis-readout")).containsText("of the maximum");
      assertThat(page.locator(".axis-bin.lit")).hasCount(1);
      assertThat(page.locator(".axis-intervals button.lit")).hasCount(1);
      assertThat(page.locator(".axis-rug i.lit-one")).hasCount(1);
      assertThat(page.locator(".example.lit-one")).hasCount(1);
      assertThat(page.locator(".axis-needle")).hasCSS("opacity", "1");

      Locator strongest = page.locator(".axis-intervals button").last();
      strongest.hover();
      assertThat(page.locator(".axis-readout")).containsText("tokens");
      assertThat(page.locator(".example.lit").count()).isPositive();
      assertThat(page.locator(".example:not(.lit)").first()).hasCSS("opacity", "0.4");

      page.locator(".axis-bin:not([data-count='0'])").first().hover();
      assertThat(page.locator(".axis-readout")).containsText("to");
      page.locator("h1").hover();
      assertThat(page.locator(".axis-readout")).hasText("");
      assertThat(page.locator(".lit, .lit-one")).hasCount(0);

      strongest.focus();
      assertThat(page.locator(".example.lit").count()).isPositive();
      strongest.press("Enter");
      assertThat(page.locator(".group").nth(1).locator("h3")).isFocused();
      assertThat(window.problems()).isEmpty();
    }
  }

  @Test
  void everyNumberOnAFeaturesPageHasItsSample() {
    try (StudioBrowser.Window window = studio.window()) {
      window.show("/feature/3");
      for (String sample : window.page().locator(".facts dd small").allInnerTexts()) {
        assertThat(sample).matches("(?s).*[0-9].*");
      }
      assertThat(window.page().locator(".axis-intervals small").allInnerTexts())
          .allMatch(text -> text.startsWith("n = "));
    }
  }

  @Test
  void aPromptsTokensAndFeaturesAreInTheUrl() {
    try (StudioBrowser.Window window = studio.window()) {
      Page page = window.page();
      window.show("/prompt");
      page.fill("textarea", "the calm bay\nby the bridge");
      page.keyboard().press("Control+Enter");
      assertThat(page.locator(".cell")).hasCount(7);
      page.locator(".cell").nth(2).click();
      assertThat(page).hasURL(Pattern.compile("text=the\\+calm\\+bay%0Aby\\+the\\+bridge&token=2"));
      assertThat(page.locator(".panel-head h2").last()).containsText("Token 3");
      page.reload();
      window.settled();
      assertThat(page.locator(".cell[aria-pressed=true]")).containsText("bay");
      assertThat(page.locator("textarea")).hasValue("the calm bay\nby the bridge");
      page.locator(".ranked a").first().click();
      assertThat(page).hasURL(Pattern.compile("/feature/\\d+$"));
      page.goBack();
      assertThat(page.locator(".cell")).hasCount(7);
      page.getByText("Whole text").click();
      page.locator(".heat").first().click();
      assertThat(page).hasURL(Pattern.compile("feature=\\d+"));
      assertThat(page.locator(".heat[aria-pressed=true]")).hasCount(1);
      assertThat(window.problems()).isEmpty();
    }
  }

  @Test
  void theThemeIsToggledAndRemembered() {
    try (StudioBrowser.Window window = studio.window()) {
      Page page = window.page();
      window.show("/");
      Object light = page.evaluate("() => getComputedStyle(document.body).backgroundColor");
      page.keyboard().press("t");
      assertThat(page.locator("html")).hasAttribute("data-theme", "dark");
      page.reload();
      window.settled();
      assertThat(page.locator("html")).hasAttribute("data-theme", "dark");
      assertThat(page.evaluate("() => getComputedStyle(document.body).backgroundColor"))
          .isNotEqualTo(light);
      assertThat(window.problems()).isEmpty();
    }
  }

  @Test
  void hostileTextIsShownAsText() {
    try (StudioBrowser.Window window = studio.window()) {
      Page page = window.page();
      window.show("/feature/" + SyntheticFeatures.HOSTILE_LATENT + "?view=full");
      String shown = page.locator(".examples-all").innerText();
      assertThat(shown)
          .contains(
              SyntheticText.MARKUP, SyntheticText.IMAGE, SyntheticText.ARABIC, SyntheticText.EMOJI)
          .contains("abc‹202E›def‹2066›ghi", "a‹0000›b‹001B›[31m", "more characters")
          .doesNotContain("\u202E", "\u0000");
      window.show("/?q=" + encoded(SyntheticText.MARKUP) + "&status=all");
      assertThat(page.locator(".rows")).containsText(SyntheticText.MARKUP);
      for (String text : SyntheticText.HOSTILE) {
        window.show("/prompt?text=" + encoded(text));
        assertThat(page.locator(".cell")).hasCount(2);
      }
      assertThat(page.evaluate("() => window.hacked")).isNull();
      assertThat(page.locator("#app script, #app img:not([src$='/icon.svg'])")).hasCount(0);
      assertThat(window.problems()).isEmpty();
    }
  }

  @Test
  void whatIsNotThereIsSaidPlainly() {
    try (StudioBrowser.Window window = studio.window()) {
      Page page = window.page();
      window.show("/feature/" + SyntheticFeatures.DEAD_LATENT);
      assertThat(page.locator(".dead")).containsText("never active");
      assertThat(page.locator(".logits li").first()).isVisible();
      assertThat(window.problems()).isEmpty();
      page.navigate("/feature/399999");
      assertThat(page.locator(".problem")).containsText("no latent 399999");
      window.show("/?q=zzzzzz");
      assertThat(page.locator(".nothing")).containsText("No feature matches");
    }
  }

  @Test
  void aPageCanBePrinted() {
    try (StudioBrowser.Window window = studio.window()) {
      window.show("/feature/3");
      window
          .page()
          .emulateMedia(
              new Page.EmulateMediaOptions()
                  .setMedia(com.microsoft.playwright.options.Media.PRINT));
      assertThat(window.page().locator("header.top")).isHidden();
      assertThat(window.page().locator(".axis")).hasCSS("position", "static");
      assertThat(window.page().pdf().length).isGreaterThan(10_000);
    }
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
