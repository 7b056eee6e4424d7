package org.sememe.app.studio;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Networks that draw, in the system's Chromium and over HTTP. */
class DrawPageTest {
  private static final SyntheticPictures PICTURES = new SyntheticPictures(false);
  private static OpenStudio studio;

  @BeforeAll
  static void start() {
    studio = OpenStudio.start(StudioOptions.none().withPictures(PICTURES));
  }

  @AfterAll
  static void stop() {
    if (studio != null) {
      studio.close();
    }
  }

  private static Locator canvas(Page page, String network) {
    return page.locator(".draw-panel." + network + " canvas");
  }

  /** The colour of the picture's middle, as the page painted it. */
  private static int painted(Page page, String network) {
    return ((Number)
            canvas(page, network)
                .evaluate("c => c.getContext('2d').getImageData(4, 4, 1, 1).data[0]"))
        .intValue();
  }

  @ParameterizedTest
  @CsvSource({"LIGHT,1440,900", "DARK,1440,900", "LIGHT,360,740", "DARK,360,740"})
  void thePageIsCleanInEveryThemeAndSize(ColorScheme scheme, int width, int height) {
    try (StudioBrowser.Window window = studio.window(scheme, width, height)) {
      window.show("/");
      window.page().waitForSelector(".draw-sheets canvas");
      OpenStudio.checkPage("draw", window.page());
      window.screenshot("test-draw-" + scheme + "-" + width, true);
      assertThat(window.problems()).isEmpty();
    }
  }

  @Test
  void bothDrawTheClassFromTheSameNoise() {
    try (StudioBrowser.Window window = studio.window()) {
      Page page = window.page();
      window.show("/draw?class=3&count=1&seed=40");
      page.waitForSelector(".draw-panel.student canvas");
      assertThat(canvas(page, "teacher")).hasCount(1);
      assertThat(painted(page, "teacher")).isEqualTo(60).isEqualTo(painted(page, "student"));
      page.keyboard().press("7");
      assertThat(page).hasURL(Pattern.compile("class=7"));
      assertThat(page.locator(".classes [aria-pressed=true]")).hasText("7");
      assertThat(canvas(page, "student"))
          .hasAttribute("aria-label", Pattern.compile("1 picture of class 7 by the student"));
      page.waitForFunction(
          "() => document.querySelector('.draw-panel.student canvas').getContext('2d')"
              + ".getImageData(4, 4, 1, 1).data[0] === 140");
      page.keyboard().press("n");
      assertThat(page).hasURL(Pattern.compile("seed=41"));
      List<List<PictureSource.Wanted>> single =
          PICTURES.asked().stream()
              .map(PictureSource.Request::pictures)
              .filter(pictures -> pictures.size() == 1 && pictures.getFirst().seed() == 40)
              .distinct()
              .toList();
      assertThat(single).as("what both were asked, class 3 and class 7").hasSize(2);
      assertThat(window.problems()).isEmpty();
    }
  }

  /** Both draw again when the typing pauses; what was typed is in the URL. */
  @Test
  void aCaptionIsTypedAndBothDrawIt() {
    try (OpenStudio captioned =
            OpenStudio.start(StudioOptions.none().withPictures(new SyntheticPictures(true)));
        StudioBrowser.Window window = captioned.window()) {
      Page page = window.page();
      window.show("/draw?caption=a+cat&count=1");
      Locator field = page.locator(".caption input");
      assertThat(field).hasValue("a cat");
      assertThat(page.locator(".classes")).hasCount(0);
      assertThat(canvas(page, "student"))
          .hasAttribute("aria-label", "1 picture of “a cat” by the student");
      assertThat(painted(page, "teacher")).isEqualTo(100);
      field.fill("dogs, all");
      assertThat(page).hasURL(Pattern.compile("caption=dogs(%2C|,)(\\+|%20)all"));
      page.waitForFunction(
          "() => [...document.querySelectorAll('.draw-panel canvas')].every(c =>"
              + " c.getContext('2d').getImageData(4, 4, 1, 1).data[0] === 180)");
      assertThat(window.problems()).isEmpty();
    }
  }

  @Test
  void stepsSamplerAndWalkAreInTheUrl() {
    try (StudioBrowser.Window window = studio.window()) {
      Page page = window.page();
      window.show("/draw?class=2&count=4&student-steps=4&teacher-sampler=euler&walk=0.25&to=9");
      assertThat(page.locator(".draw-panel.student .draw-time")).containsText("12 ms");
      assertThat(page.locator(".draw-panel.student .draw-time"))
          .containsText("4 pictures in 4 steps");
      assertThat(page.locator(".draw-panel.teacher .draw-time")).containsText("150 ms");
      assertThat(page.locator(".draw-panel.teacher select")).hasValue("euler");
      assertThat(page.locator(".walk output")).hasText("0.25");
      assertThat(page.locator(".draw-strip canvas")).hasCount(2);
      page.locator(".draw-panel.student input[type=range]").fill("1");
      assertThat(page).hasURL(Pattern.compile("student-steps=2"));
      assertThat(page.locator(".draw-panel.student .draw-time")).containsText("in 2 steps");
      page.locator(".draw-panel.teacher select").selectOption("ddim");
      assertThat(page).not().hasURL(Pattern.compile("teacher-sampler"));
      page.keyboard().press("Escape");
      page.locator(".draw-walk .plain").click();
      page.waitForFunction("() => Number(new URLSearchParams(location.search).get('walk')) > 0.35");
      page.locator(".draw-walk .plain").click();
      assertThat(page.locator(".draw-walk .plain")).hasText("Walk");
      assertThat(PICTURES.asked().stream().map(PictureSource.Request::pictures).toList())
          .as("four pictures on the way to the noise of seeds 9, 10, 11, 12")
          .anySatisfy(
              pictures -> {
                assertThat(pictures).hasSize(4);
                assertThat(pictures.getLast().to()).hasValue(12);
                assertThat(pictures.getLast().share()).hasValue(0.25);
              });
      assertThat(window.problems()).isEmpty();
    }
  }

  @Test
  void aFeatureIsPaintedWithTheMouseAndTheKeyboard() {
    try (StudioBrowser.Window window = studio.window()) {
      Page page = window.page();
      window.show("/draw?class=3&seed=70");
      Locator cells = page.locator(".touch-grid button");
      assertThat(cells).hasCount(4);
      assertThat(page.locator(".touch-features [aria-pressed=true]")).containsText("17");
      page.locator(".touch-features button").last().click();
      assertThat(page).hasURL(Pattern.compile("feature=3"));
      cells.nth(2).click();
      assertThat(cells.nth(2)).hasAttribute("aria-label", "row 2, column 1: on");
      page.getByLabel("Brush").getByText("Off").click();
      cells.nth(1).focus();
      page.keyboard().press("Enter");
      assertThat(page).hasURL(Pattern.compile("on=2&off=1"));
      assertThat(page.locator(".touch-pair figcaption").last())
          .containsText("On at 1 place, off at 1 place; 3 ms");
      page.reload();
      window.settled();
      assertThat(cells.nth(1)).hasAttribute("aria-label", "row 1, column 2: off");
      page.locator(".draw-touch").getByText("Clear").click();
      assertThat(page.locator(".touch-pair figcaption").last()).containsText("Nothing is painted");
      assertThat(PICTURES.asked().stream().map(PictureSource.Request::touches).toList())
          .contains(
              Optional.of(
                  List.of(
                      new PictureSource.Touch(3, List.of(2), List.of(1), OptionalDouble.of(16)))));
      assertThat(window.problems()).isEmpty();
    }
  }

  @Test
  void whatWasMeasuredAndTrainedIsShown() {
    try (StudioBrowser.Window window = studio.window()) {
      Page page = window.page();
      window.show("/draw");
      Locator measured = page.getByLabel("What was measured");
      assertThat(measured).containsText("300 pictures of each kind");
      assertThat(measured).containsText("2.500± 0.250");
      Locator ablations = page.getByLabel("Ablations");
      assertThat(ablations.locator("tbody tr")).hasCount(2);
      assertThat(ablations.locator("tbody tr").first()).containsText("3.000sd 1.414");
      assertThat(ablations.locator("tbody tr").first()).containsText("n = 2 seeds");
      assertThat(ablations).containsText(SyntheticPictures.HOSTILE);
      assertThat(page.locator(".draw-trainings .plot")).hasCount(2);
      assertThat(page.locator(".draw-sheets output")).hasText("20");
      page.locator(".draw-sheets input").fill("0");
      assertThat(page).hasURL(Pattern.compile("student-sheet=10"));
      assertThat(page.locator(".draw-sheets canvas"))
          .hasAttribute("aria-label", Pattern.compile("step 10"));
      assertThat(window.problems()).isEmpty();
    }
  }

  @Test
  void badRequestsAreRefused() throws Exception {
    String one = "{\"network\": \"student\", \"steps\": 1, \"pictures\": [%s]}";
    String picture = "{\"label\": 1, \"seed\": 0}";
    String many = picture + ("," + picture).repeat(64);
    try (HttpClient client = HttpClient.newHttpClient()) {
      for (String bad :
          new String[] {
            "{}",
            one.formatted(""),
            one.formatted(many),
            one.formatted("{\"label\": 1, \"seed\": 0, \"to\": 1, \"share\": 1.5}"),
            one.formatted("{\"label\": 1000, \"seed\": 0}"),
            one.formatted("{\"label\": \"x\"}"),
            one.formatted(picture).replace("\"steps\": 1", "\"steps\": 1, \"guidance\": -1"),
            one.formatted(picture)
                .replace("\"steps\": 1", "\"steps\": 1, \"touches\": [{\"latent\": 1}]")
          }) {
        assertThat(post(client, bad)).as(bad).isEqualTo(400);
      }
      assertThat(post(client, one.formatted(picture))).isEqualTo(200);
      assertThat(get(client, "api/pictures/sheet?training=student&step=..")).isEqualTo(400);
      assertThat(get(client, "api/pictures/sheet?training=..&step=10")).isEqualTo(404);
    }
  }

  private static int post(HttpClient client, String body) throws Exception {
    return client
        .send(
            HttpRequest.newBuilder(address("api/pictures/draw"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build(),
            BodyHandlers.ofString())
        .statusCode();
  }

  private static int get(HttpClient client, String path) throws Exception {
    return client
        .send(HttpRequest.newBuilder(address(path)).build(), BodyHandlers.ofString())
        .statusCode();
  }

  private static URI address(String path) {
    return studio.server().address().resolve(path);
  }
}
