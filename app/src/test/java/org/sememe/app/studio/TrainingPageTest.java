package org.sememe.app.studio;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sememe.app.runs.RunFolders;
import org.sememe.app.runs.SyntheticRun;

/** Runs as they are trained, in the system's Chromium and over HTTP. */
class TrainingPageTest {
  private static final String HOSTILE = "<img src=x onerror=alert(1)> \u202E diverges";

  @TempDir private static Path root;
  private static OpenStudio studio;

  @BeforeAll
  static void start() throws IOException {
    SyntheticRun.in(root, "best", 0.1).logged(10, SyntheticRun.STEPS);
    SyntheticRun.in(root, "worse", 0.3).logged(10, 200, HOSTILE);
    SyntheticRun.in(root, "not begun", 0.2);
    studio = OpenStudio.start(StudioOptions.none().withRuns(watched("best")));
  }

  private static WatchedRuns watched(String first) throws IOException {
    return new WatchedRuns(RunFolders.of(root).orElseThrow(), Optional.of(first));
  }

  @AfterAll
  static void stop() {
    if (studio != null) {
      studio.close();
    }
  }

  @ParameterizedTest
  @CsvSource({"LIGHT,1440,900", "DARK,1440,900", "LIGHT,360,740", "DARK,360,740"})
  void thePageIsCleanInEveryThemeAndSize(ColorScheme scheme, int width, int height) {
    try (StudioBrowser.Window window = studio.window(scheme, width, height)) {
      window.show("/training?run=best&run=worse");
      window.page().waitForSelector(".split-row");
      OpenStudio.checkPage("training", window.page());
      window.screenshot("test-training-" + scheme + "-" + width, true);
      assertThat(window.problems()).isEmpty();
    }
  }

  @Test
  void runsAreChosenAndTheUrlKeepsThem() {
    try (StudioBrowser.Window window = studio.window()) {
      Page page = window.page();
      window.show("/training?run=best");
      assertThat(page.locator(".curves-grid .plot")).hasCount(7);
      assertThat(page.locator(".curves-grid .plot").first().locator("g[data-run]")).hasCount(1);
      row(page, "worse").locator("input").check();
      assertThat(page).hasURL(Pattern.compile("run=best&run=worse$"));
      assertThat(page.locator(".curves-grid .plot").first().locator("g[data-run]")).hasCount(2);
      assertThat(page.locator(".warnings")).containsText(HOSTILE);
      page.locator(".segments button").last().click();
      assertThat(page).hasURL(Pattern.compile("scale=linear"));
      page.reload();
      window.settled();
      assertThat(page.locator("button[aria-pressed=true]")).hasText("linear");
      assertThat(page.locator(".watched tr.lit")).hasCount(2);
      assertThat(row(page, "not begun")).containsText("no line yet");
      row(page, "best").locator("input").uncheck();
      assertThat(page).hasURL(Pattern.compile("run=worse"));
      assertThat(page.locator(".course")).hasCount(1);
      assertThat(window.problems()).isEmpty();
    }
  }

  private static Locator row(Page page, String name) {
    return page.locator(".watched tbody tr").filter(new Locator.FilterOptions().setHasText(name));
  }

  @Test
  void whatIsPointedAtIsReadInEveryPlot() {
    try (StudioBrowser.Window window = studio.window()) {
      Page page = window.page();
      window.show("/training?run=best");
      page.waitForSelector(".split-row");
      // At the end the FVU is at its floor; at the left it is not.
      assertThat(page.locator(".curves-grid .curves-readout").first()).containsText("0.101");
      page.locator(".curves-grid svg")
          .first()
          .hover(new Locator.HoverOptions().setPosition(66, 60));
      assertThat(page.locator(".curves-grid .curves-readout").first()).containsText("0.777");
      assertThat(page.locator(".crosshair")).hasCount(7);
      assertThat(page.locator(".column.marked")).hasCount(1);
      page.locator(".course svg rect").last().hover();
      assertThat(page.locator(".course .curves-readout")).containsText("20 latents did not fire");
      assertThat(page.locator(".course .curves-readout")).containsText("n = 1,000 latents");
    }
  }

  @Test
  void linesComeInWhileThePageIsOpen() throws IOException {
    SyntheticRun run = SyntheticRun.in(root, "live", 0.2).logged(10, 100);
    try (StudioBrowser.Window window = studio.window()) {
      Page page = window.page();
      window.show("/training?run=live");
      String fvu = ".curves-grid .plot:first-child";
      assertThat(page.locator(".watched tr.lit")).containsText("100 of 400");
      assertThat(page.locator(".watched tr.lit")).containsText("training");
      run.logged(110, 300, "half are dead");
      assertThat(page.locator(".watched tr.lit")).containsText("300 of 400");
      assertThat(page.locator(".warnings")).containsText("half are dead");
      assertThat(page.locator(fvu).locator(".curves-readout")).containsText("0.205");
      run.backTo(50);
      assertThat(page.locator(fvu).locator(".curves-readout")).containsText("0.548");
      assertThat(page.locator(".warnings")).hasCount(0);
      assertThat(window.problems()).isEmpty();
    }
  }

  @Test
  void theFirstPageIsTheTrainingWhereThereIsNothingElse() {
    try (StudioBrowser.Window window = studio.window()) {
      window.show("/");
      assertThat(window.page().locator("h1")).containsText("Training");
      assertThat(window.page().locator("nav a")).hasCount(1);
      window.show("/feature/3");
      assertThat(window.page().locator("#main")).containsText("no one dictionary");
    }
  }

  @Test
  void theStreamGivesWhatIsAddedAndBadRequestsAreRefused() throws Exception {
    SyntheticRun run = SyntheticRun.in(root, "streamed", 0.2).logged(10, 20);
    try (HttpClient client = HttpClient.newHttpClient()) {
      URI base = studio.server().address();
      for (String bad :
          new String[] {
            "api/runs/events",
            "api/runs/events?run=best",
            "api/runs/events?run=best&from=-1",
            "api/runs/metrics"
          }) {
        assertThat(status(client, base.resolve(bad))).as(bad).isEqualTo(400);
      }
      for (String missing :
          new String[] {
            "api/runs/metrics?run=..%2Fbest", "api/runs/events?run=best%2F..%2Fbest&from=0"
          }) {
        assertThat(status(client, base.resolve(missing))).as(missing).isEqualTo(404);
      }
      HttpRequest events =
          HttpRequest.newBuilder(base.resolve("api/runs/events?run=streamed&from=0")).build();
      try (BufferedReader lines =
          new BufferedReader(
              new InputStreamReader(
                  client.send(events, BodyHandlers.ofInputStream()).body(),
                  StandardCharsets.UTF_8))) {
        assertThat(data(lines)).contains("\"run\":\"streamed\"", "\"step\":20", "\"again\":false");
        run.logged(30, 30);
        assertThat(data(lines)).contains("\"step\":30").doesNotContain("\"step\":20");
        run.backTo(10);
        assertThat(data(lines)).contains("\"step\":10", "\"again\":true");
      }
    }
  }

  private static int status(HttpClient client, URI uri) throws Exception {
    return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.discarding()).statusCode();
  }

  private static String data(BufferedReader lines) throws IOException {
    String line = lines.readLine();
    while (line != null && !line.startsWith("data: ")) {
      line = lines.readLine();
    }
    return String.valueOf(line);
  }
}
