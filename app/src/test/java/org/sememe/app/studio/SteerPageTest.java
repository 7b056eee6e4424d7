package org.sememe.app.studio;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The steering page in the system's Chromium, on a made-up model. */
class SteerPageTest {
  private static final SyntheticFeatures FEATURES = new SyntheticFeatures(400, 600, 1);
  private static final String RUN = "/steer?f=3=5x:clamp&text=the+calm+bay&n=12&run=1";

  private static OpenStudio studio;

  @BeforeAll
  static void start() {
    studio =
        OpenStudio.start(
            StudioOptions.of(FEATURES).withModel(() -> new SyntheticModel(FEATURES, 15)));
  }

  @AfterAll
  static void stop() {
    if (studio != null) {
      studio.close();
    }
  }

  @ParameterizedTest
  @CsvSource({"LIGHT,1440,900", "DARK,1440,900", "LIGHT,360,740", "DARK,360,740"})
  void itIsCleanInEveryThemeAndSize(ColorScheme scheme, int width, int height) {
    try (StudioBrowser.Window window = studio.window(scheme, width, height)) {
      for (String page :
          new String[] {
            "/steer",
            RUN,
            "/steer?f=3=5x:clamp&f=4=2:scale&f=5:ablate&f=6=-1.5xmean:add&f=22=20raw:cap"
                + "&text=the+calm+bay&mode=chat&n=12&run=1"
          }) {
        window.show(page);
        OpenStudio.checkPage(page, window.page());
      }
      window.screenshot("test-steer-" + scheme + "-" + width, true);
      assertThat(window.problems()).isEmpty();
    }
  }

  @Test
  void repliesGrowSideBySideAndWhatChangedIsMarkedAndCounted() {
    try (StudioBrowser.Window window = studio.window()) {
      Page page = window.page();
      page.navigate("/steer");
      page.fill("#steer-text", "the calm bay");
      assertThat(page.locator(".primary")).isDisabled();
      page.fill("#steer-add", "3");
      page.keyboard().press("Enter");
      assertThat(page.locator(".turned")).hasCount(1);
      page.focus("#steer-text");
      page.keyboard().press("Control+Enter");
      assertThat(page.locator(".working")).containsText("so far");
      assertThat(page.locator(".primary")).hasText("Stop");
      window.settled();
      assertThat(page.locator(".reply-text > span:not(.reply-prompt)")).hasCount(120);
      assertThat(page.locator(".reply.steered .changed")).hasCount(30);
      assertThat(page.locator(".steer-facts")).containsText("n = 60 tokens");
      assertThat(page.locator(".steer-facts")).containsText("30 of 60 steered tokens");
      String token = FEATURES.feature(3).orElseThrow().topTokens().getFirst();
      assertThat(page.locator(".reply.steered .changed").first()).hasText(token.strip());
      assertThat(page)
          .hasURL(Pattern.compile("/steer\\?f=3%3D2x%3Aclamp&text=the\\+calm\\+bay&run=1$"));
      String before = page.locator(".replies").innerText();
      page.reload();
      window.settled();
      assertThat(page.locator(".steer-facts")).isVisible();
      assertThat(page.locator(".replies").innerText()).isEqualTo(before);
      assertThat(window.problems()).isEmpty();
    }
  }

  @Test
  void everyKnobIsInTheUrlAndBack() {
    try (StudioBrowser.Window window = studio.window()) {
      Page page = window.page();
      window.show("/steer?f=3=5x:clamp&text=a");
      Locator strength = page.getByLabel("Strength of feature 3, as a number");
      page.locator(".presets button", new Page.LocatorOptions().setHasText("10×")).click();
      assertThat(strength).hasValue("10");
      assertThat(page).hasURL(Pattern.compile("f=3%3D10x%3Aclamp"));
      double max = FEATURES.feature(3).orElseThrow().maxActivation();
      page.getByLabel("Unit of feature 3’s strength").selectOption("raw");
      assertThat(page.locator(".amounts")).containsText("10× maximum");
      assertThat(Double.parseDouble(strength.inputValue()))
          .isCloseTo(10 * max, org.assertj.core.api.Assertions.within(max / 100));
      page.getByLabel("What is done to feature 3").selectOption("scale");
      assertThat(page).hasURL(Pattern.compile("f=3%3D2%3Ascale"));
      page.getByLabel("What is done to feature 3").selectOption("add");
      page.getByLabel("Strength of feature 3", new Page.GetByLabelOptions().setExact(true)).focus();
      page.keyboard().press("ArrowLeft");
      assertThat(strength).hasValue("1.5");
      page.getByText("Reply", new Page.GetByTextOptions().setExact(true)).click();
      page.getByText("Chat", new Page.GetByTextOptions().setExact(true)).click();
      page.getByLabel("Seed").fill("7");
      page.getByLabel("Seed").press("Tab");
      page.getByLabel("sinks too").check();
      assertThat(page)
          .hasURL(
              Pattern.compile(
                  "/steer\\?f=3%3D1\\.5x%3Aadd&text=a&mode=chat&where=reply&sinks=1&seed=7$"));
      page.reload();
      window.settled();
      assertThat(strength).hasValue("1.5");
      assertThat(page.getByLabel("Seed")).hasValue("7");
      assertThat(page.getByLabel("sinks too")).isChecked();
      assertThat(page.locator(".segments button[aria-pressed=true]")).hasCount(2);
      page.getByLabel("Leave feature 3 alone").click();
      assertThat(page.locator(".turned")).hasCount(0);
      assertThat(window.problems()).isEmpty();
    }
  }

  @Test
  void aFeatureIsFoundByItsTokenAndFromItsPage() {
    try (StudioBrowser.Window window = studio.window()) {
      Page page = window.page();
      window.show("/");
      page.keyboard().press("s");
      assertThat(page).hasURL(Pattern.compile("/steer$"));
      page.fill("#steer-add", "bay");
      page.locator(".steer-found button").first().click();
      assertThat(page.locator(".turned .token-chip").first()).isVisible();
      assertThat(page.locator("#steer-add")).isFocused();
      window.show("/feature/3");
      page.getByText("Steer with this feature").click();
      assertThat(page).hasURL(Pattern.compile("/steer\\?f=3%3D2x%3Aclamp$"));
      assertThat(page.locator(".turned .row-id")).hasText("3");
      page.goBack();
      window.settled();
      page.keyboard().press("s");
      assertThat(page).hasURL(Pattern.compile("/steer\\?f=3%3D2x%3Aclamp$"));
      assertThat(window.problems()).isEmpty();
    }
  }

  /** The first minute as docs/studio.md has it, a step a comment. */
  @Test
  void aStrangerFindsAFeatureAboutATopicAndSteersWithIt() {
    try (StudioBrowser.Window window = studio.window()) {
      Page page = window.page();
      // 1. The first page.
      window.show("/");
      // 2. Type the topic into the search field, which says what it takes.
      page.getByPlaceholder("A token, a label").fill("california");
      assertThat(page).hasURL(Pattern.compile("q=california"));
      window.settled();
      assertThat(page.locator("a.row").first()).containsText("California");
      // 3. Click a row: the feature's page shows where it fires.
      page.locator("a.row").first().click();
      window.settled();
      assertThat(page.locator(".example").first()).isVisible();
      String latent = page.url().replaceFirst(".*/feature/", "");
      // 4. Click "Steer with this feature": it is there, at twice its maximum.
      page.getByText("Steer with this feature").click();
      assertThat(page.locator(".turned .row-id")).hasText(latent);
      // 5. Write how a text begins, and press Steer.
      page.fill("#steer-text", "Yesterday we went to");
      page.locator(".primary").click();
      window.settled();
      String token =
          FEATURES.feature(Integer.parseInt(latent)).orElseThrow().topTokens().getFirst();
      assertThat(page.locator(".reply.steered .changed").first()).hasText(token.strip());
      assertThat(page.locator(".steer-facts")).containsText("KL");
      // 6. Push harder: a preset, and Steer again.
      page.getByText("5×", new Page.GetByTextOptions().setExact(true)).click();
      assertThat(page).hasURL(Pattern.compile("f=" + latent + "%3D5x"));
      page.locator(".primary").click();
      window.settled();
      assertThat(page.locator(".steer-facts")).isVisible();
      assertThat(window.problems()).isEmpty();
    }
  }

  @Test
  void theSteeringFileIsSavedWithItsScales() throws IOException {
    try (StudioBrowser.Window window = studio.window()) {
      Page page = window.page();
      window.show("/steer?f=3=5x:clamp&f=4=2:scale&where=reply");
      Download download = page.waitForDownload(() -> page.getByText("Steering file").click());
      assertThat(download.suggestedFilename()).isEqualTo("steering.json");
      try (InputStream in = download.createReadStream()) {
        JsonNode file = new ObjectMapper().readTree(in);
        assertThat(file.path("format").asText()).isEqualTo("sememe-steering");
        assertThat(file.path("where").asText()).isEqualTo("reply");
        assertThat(file.path("steers").path(0).path("max").asDouble())
            .isEqualTo(FEATURES.feature(3).orElseThrow().maxActivation());
        assertThat(file.path("steers").path(1).path("mode").asText()).isEqualTo("scale");
      }
      assertThat(window.problems()).isEmpty();
    }
  }

  @Test
  void aRunIsStoppedAndAFailureIsSaid() {
    try (StudioBrowser.Window window = studio.window()) {
      Page page = window.page();
      page.navigate("/steer?f=3=5x:clamp&text=the+calm+bay&n=400&run=1");
      assertThat(page.locator(".working")).containsText("so far");
      page.locator(".primary").click();
      assertThat(page.locator(".reply-state")).hasText("Stopped.");
      // The server gives the model free soon: the next run need not wait for 400 tokens.
      window.show(RUN);
      assertThat(page.locator(".steer-facts")).isVisible();
      window.show("/steer?f=3=5x:clamp&text=" + SyntheticModel.FAILING + "&run=1");
      assertThat(page.locator(".problem")).hasText("the made-up model broke");
      assertThat(window.problems()).isEmpty();
      window.show("/steer?f=399999=5x:clamp&text=a&run=1");
      assertThat(page.locator(".steer-page > .problem")).containsText("there is no latent 399999");
    }
  }

  @Test
  void hostileTextIsShownAsText() {
    try (StudioBrowser.Window window = studio.window()) {
      Page page = window.page();
      for (String text : SyntheticText.HOSTILE) {
        window.show(
            "/steer?f="
                + SyntheticFeatures.HOSTILE_LATENT
                + "=5x:clamp&n=4&run=1&text="
                + URLEncoder.encode(text, StandardCharsets.UTF_8));
        assertThat(page.locator(".steer-facts")).isVisible();
      }
      assertThat(page.evaluate("() => window.hacked")).isNull();
      assertThat(page.locator("#app script, #app img:not([src$='/icon.svg'])")).hasCount(0);
      assertThat(window.problems()).isEmpty();
    }
  }
}
