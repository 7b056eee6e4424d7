package org.sememe.app.studio;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.ColorScheme;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sememe.analysis.index.FeatureDetail;
import org.sememe.analysis.index.TokenLookup;

/** What a feature's page asks the model, in Chromium. */
class FeaturePageTest {
  private static final SyntheticFeatures FEATURES = new SyntheticFeatures(100, 300, 1);

  /** It shares tokens with others. */
  private static final int SOCIAL =
      IntStream.range(0, 100)
          .filter(
              i ->
                  FEATURES.feature(i).orElseThrow().coactivation().orElseThrow().partners().size()
                      > 2)
          .findFirst()
          .orElseThrow();

  @TempDir private static Path folder;
  private static StudioServer server;
  private static StudioServer bare;
  private static StudioBrowser browser;

  @BeforeAll
  static void start() {
    Optional<Path> chromium = StudioBrowser.executable();
    Assumptions.assumeTrue(chromium.isPresent(), "no Chromium here: set SEMEME_CHROMIUM to one");
    server =
        StudioServer.start(
            StudioPreview.options(FEATURES)
                .withNotes(new FeatureNotes(folder.resolve(FeatureNotes.FILE))));
    bare = StudioServer.start(StudioOptions.of(FEATURES));
    browser = StudioBrowser.start(chromium.get());
  }

  @AfterAll
  static void stop() {
    if (browser != null) {
      browser.close();
      bare.close();
      server.close();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = ColorScheme.class,
      names = {"LIGHT", "DARK"})
  void pointingAtATokenSaysWhatTheFeatureDoesThere(ColorScheme scheme) {
    try (StudioBrowser.Window window = browser.open(server.address(), 1280, 900, scheme)) {
      Page page = window.page();
      window.show("/feature/3");
      Locator peak = page.locator(".example .tk.peak").first();
      peak.hover();
      Locator card = page.locator(".token-card");
      assertThat(card).containsText("without the feature; loss");
      assertThat(card).containsText("20.0 % → ");
      assertThat(card.locator(".raised li")).hasCount(1);
      assertThat(card.locator(".raised")).containsText(SyntheticText.MARKUP); // text, not markup
      assertThat(page.locator(".token-card script, .token-card img")).hasCount(0);
      OpenStudio.checkPage("token card", page);
      window.screenshot("test-token-card-" + scheme, false);
      page.locator("h1").hover();
      assertThat(card).hasCount(0);
      page.locator(".example-value").nth(1).focus(); // the keyboard's way to the card
      assertThat(card).containsText("without the feature");
      page.keyboard().press("Escape");
      assertThat(card).hasCount(0);
      assertThat(window.problems()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = ColorScheme.class,
      names = {"LIGHT", "DARK"})
  void theCausalUnderlineIsInTheUrlAndGoesAlong(ColorScheme scheme) {
    try (StudioBrowser.Window window = browser.open(server.address(), 1280, 900, scheme)) {
      Page page = window.page();
      window.show("/feature/3");
      assertThat(page.locator(".example .helps2, .example .hurts2")).hasCount(0);
      page.getByLabel("Causal underline").check();
      assertThat(page).hasURL(Pattern.compile("underline=1"));
      assertThat(page.locator(".causal-legend [role=status]"))
          .hasText(Pattern.compile("all \\d+ examples measured"));
      assertThat(page.locator(".example .helps2").count()).isPositive(); // ln 2 = 0.69 nats
      assertThat(page.locator(".example .hurts2").count()).isPositive();
      window.screenshot("test-underline-" + scheme, false);
      page.keyboard().press("Escape");
      page.locator("h1").click();
      page.keyboard().press("j");
      assertThat(page).hasURL(Pattern.compile("/feature/4\\?underline=1"));
      page.reload();
      window.settled();
      assertThat(page.getByLabel("Causal underline")).isChecked();
      assertThat(window.problems()).isEmpty();
    }
  }

  @Test
  void aTextOfOnesOwnIsRunAndReloads() {
    try (StudioBrowser.Window window =
        browser.open(server.address(), 1280, 900, ColorScheme.LIGHT)) {
      Page page = window.page();
      String fires = FEATURES.feature(3).orElseThrow().topTokens().getFirst();
      window.show("/feature/3");
      page.locator(".own-text textarea").fill("<b>calm</b>" + fires.repeat(6));
      page.keyboard().press("Control+Enter");
      assertThat(page.locator(".own-text .context")).containsText("<b>calm</b>");
      assertThat(page.locator(".own-text .card-note")).containsText("ctive on");
      assertThat(page.locator(".own-text b")).hasCount(0);
      page.reload();
      window.settled();
      assertThat(page.locator(".own-text textarea")).hasValue("<b>calm</b>" + fires.repeat(6));
      assertThat(page.locator(".own-text .context")).isVisible();
      window.screenshot("test-own-text", false);
      assertThat(window.problems()).isEmpty();
    }
  }

  @Test
  void withoutAModelThePageSaysSo() {
    try (StudioBrowser.Window window = browser.open(bare.address(), 1280, 900, ColorScheme.LIGHT)) {
      Page page = window.page();
      window.show("/feature/3?underline=1&text=calm");
      assertThat(page.locator(".own-text, .causal-legend")).hasCount(0);
      assertThat(page.getByLabel("Causal underline")).hasCount(0);
      page.locator(".example .tk.peak").first().hover();
      assertThat(page.locator(".token-card")).containsText("Without a model");
      assertThat(window.problems()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = ColorScheme.class,
      names = {"LIGHT", "DARK"})
  void whatTokensPredictStandsBelowWhatIs(ColorScheme scheme) {
    TokenLookup lookup = TokenLookup.of(FEATURES.feature(3).orElseThrow());
    try (StudioBrowser.Window window = browser.open(bare.address(), 1280, 900, scheme)) {
      Page page = window.page();
      window.show("/feature/3");
      assertThat(page.locator(".predicted")).hasCount(0);
      page.getByLabel("Predicted rows").check();
      assertThat(page).hasURL(Pattern.compile("predicted=1"));
      assertThat(page.locator(".predicted")).hasCount(lookup.examples().size());
      assertThat(page.locator(".predicted-legend"))
          .containsText("over %,d tokens".formatted(lookup.tokens()));
      Locator rows = page.locator(".example-rows").first();
      assertThat(rows.locator(".predicted").innerText())
          .isEqualTo(rows.locator(".kwic").first().innerText()); // the same tokens
      for (Locator token : page.locator(".predicted [data-act]").all().subList(0, 3)) {
        assertThat(Double.parseDouble(token.getAttribute("data-act"))).isPositive();
      }
      OpenStudio.checkPage("predicted", page); // snippets: axe looks at every token
      window.screenshot("test-predicted-" + scheme, false);
      page.locator(".examples-bar button").last().click();
      assertThat(page.locator(".predicted .context")).hasCount(lookup.examples().size());
      page.reload();
      window.settled();
      assertThat(page.locator(".predicted").first()).isVisible();
      assertThat(window.problems()).isEmpty();
    }
  }

  @Test
  void aLabelAndANoteAreKeptAndAreText() {
    try (StudioBrowser.Window window =
        browser.open(server.address(), 1280, 900, ColorScheme.LIGHT)) {
      Page page = window.page();
      window.show("/feature/5");
      page.getByText("Write a label or a note").click();
      page.getByLabel("Label", new Page.GetByLabelOptions().setExact(true))
          .fill(SyntheticText.IMAGE);
      page.getByLabel("Note", new Page.GetByLabelOptions().setExact(true))
          .fill("seen in\n" + SyntheticText.MARKUP);
      page.keyboard().press("Control+Enter");
      assertThat(page.locator(".own-label")).hasText(SyntheticText.IMAGE);
      page.reload();
      window.settled();
      assertThat(page.locator(".own-label")).hasText(SyntheticText.IMAGE);
      assertThat(page.locator(".note-text")).containsText(SyntheticText.MARKUP);
      assertThat(page.locator("main script, main img")).hasCount(0);
      window.screenshot("test-notes", false);
      page.keyboard().press("j");
      assertThat(page).hasURL(Pattern.compile("/feature/6$"));
      assertThat(page.locator(".own-label")).hasCount(0);
      assertThat(window.problems()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = ColorScheme.class,
      names = {"LIGHT", "DARK"})
  void whatFiresTogetherIsCountedBesideChanceAndLeadsOn(ColorScheme scheme) {
    FeatureDetail.Coactivation all =
        FEATURES.feature(SOCIAL).orElseThrow().coactivation().orElseThrow();
    FeatureDetail.Partner first = all.partners().getFirst();
    try (StudioBrowser.Window window = browser.open(server.address(), 1280, 900, scheme)) {
      Page page = window.page();
      window.show("/feature/" + SOCIAL);
      Locator together = page.locator(".together");
      assertThat(together.locator("li")).hasCount(all.partners().size());
      assertThat(together.locator("li").first())
          .containsText(
              Pattern.compile("%,d shared, [0-9.]+ by chance".formatted(first.together())));
      assertThat(together.locator(".card-note")).containsText("of its " + all.active() + " in");
      together.scrollIntoViewIfNeeded();
      window.screenshot("test-together-" + scheme, false);
      OpenStudio.checkPage("together", page);
      together.locator("a").first().click();
      assertThat(page).hasURL(Pattern.compile("/feature/" + first.latent() + "$"));
      page.route(
          "**/api/features/" + SOCIAL,
          route -> {
            ObjectNode before = read(route.fetch().text());
            before.remove("coactivation");
            route.fulfill(
                new Route.FulfillOptions()
                    .setContentType("application/json")
                    .setBody(before.toString()));
          });
      window.show("/feature/" + SOCIAL);
      assertThat(page.locator(".together")).containsText("build it again with sememe index");
      assertThat(window.problems()).isEmpty();
    }
  }

  private static ObjectNode read(String json) {
    try {
      return (ObjectNode) new ObjectMapper().readTree(json);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void theFeatureSpeaksWhenItIsPushed() {
    try (StudioBrowser.Window window =
        browser.open(server.address(), 1280, 900, ColorScheme.LIGHT)) {
      Page page = window.page();
      window.show("/feature/3");
      page.getByText("Let it speak").click();
      assertThat(page.locator(".said dd").first())
          .containsText(FEATURES.feature(3).orElseThrow().topTokens().getFirst().strip());
      assertThat(page.locator(".icon-card")).containsText("over 24 tokens");
      page.locator(".icon-card").scrollIntoViewIfNeeded();
      window.screenshot("test-icon", false);
      assertThat(window.problems()).isEmpty();
    }
  }

  @Test
  void anEmbeddedPageIsTheFeatureAlone() {
    try (StudioBrowser.Window window = browser.open(server.address(), 700, 800, ColorScheme.DARK)) {
      Page page = window.page();
      window.show("/feature/3?embed=1");
      assertThat(page.locator("header.top, .steps, .steer-with")).hasCount(0);
      assertThat(page.locator(".axis")).isVisible();
      OpenStudio.checkPage("embedded", page);
      window.screenshot("test-embed", false);
      page.keyboard().press("j");
      assertThat(page).hasURL(Pattern.compile("/feature/4\\?embed=1"));
      assertThat(window.problems()).isEmpty();
    }
  }
}
