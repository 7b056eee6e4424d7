package org.sememe.app.studio;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.BoundingBox;
import com.microsoft.playwright.options.ColorScheme;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sememe.app.sweep.Sweep;
import org.sememe.app.sweep.SweepMember;
import org.sememe.app.sweep.SyntheticSweep;

/** The page of a sweep in the system's Chromium. */
class SweepPagesTest {
  private static final Sweep SWEEP = SyntheticSweep.sweep();
  private static StudioServer server;
  private static StudioBrowser browser;

  @BeforeAll
  static void start() {
    Optional<Path> chromium = StudioBrowser.executable();
    Assumptions.assumeTrue(chromium.isPresent(), "no Chromium here: set SEMEME_CHROMIUM to one");
    server = StudioServer.start(StudioOptions.of(SWEEP));
    browser = StudioBrowser.start(chromium.get());
  }

  @AfterAll
  static void stop() {
    if (browser != null) {
      browser.close();
      server.close();
    }
  }

  private static StudioBrowser.Window window() {
    return browser.open(server.address(), 1280, 900, ColorScheme.LIGHT);
  }

  @ParameterizedTest
  @CsvSource({"LIGHT,1440,900", "DARK,1440,900", "LIGHT,360,740", "DARK,360,740"})
  void thePageIsCleanInEveryThemeAndSize(ColorScheme scheme, int width, int height) {
    try (StudioBrowser.Window window = browser.open(server.address(), width, height, scheme)) {
      for (String path : new String[] {"/", "/sweep?run=architecture-topk_k-32_seed-1"}) {
        window.show(path);
        OpenStudio.checkPage(path, window.page());
        window.screenshot(
            "test-sweep" + (path.contains("run") ? "-run" : "") + "-" + scheme + "-" + width, true);
      }
      assertThat(window.problems()).isEmpty();
    }
  }

  @Test
  void eachMeasuredRunHasAMarkInEachPlotAndARowWithItsSample() {
    try (StudioBrowser.Window window = window()) {
      window.show("/sweep");
      Page page = window.page();
      long measured = SWEEP.members().stream().filter(m -> m.scores().isPresent()).count();
      assertThat(page.locator(".plot")).hasCount(2);
      assertThat(page.locator(".plot .mark")).hasCount((int) (2 * measured));
      assertThat(page.locator(".plot .mean-line")).hasCount(4);
      assertThat(page.locator("tr.run")).hasCount(SWEEP.members().size());
      assertThat(page.locator("tr.mean")).hasCount(SWEEP.recipes().size());
      assertThat(page.locator(".front"))
          .hasCount((int) SWEEP.recipes().stream().filter(r -> r.front()).count());
      for (SweepMember member : SWEEP.members()) {
        Locator row =
            page.locator("tr.run")
                .filter(
                    new Locator.FilterOptions()
                        .setHas(page.locator("a[href='/sweep?run=" + member.name() + "']")));
        if (member.scores().isPresent()) {
          assertThat(row).containsText("n = 23,456 rows");
          assertThat(row).containsText("7,890 predictions");
        } else {
          assertThat(row).containsText(member.failure().orElseThrow());
        }
      }
      assertThat(page.locator("tr.mean").first()).containsText("n = 2 seeds");
      assertThat(window.problems()).isEmpty();
    }
  }

  @Test
  void pointingAtAMarkAnswersInBothPlotsAndTheTable() {
    try (StudioBrowser.Window window = window()) {
      window.show("/sweep");
      Page page = window.page();
      String name = "architecture-batchtopk_k-64_seed-1";
      move(page, page.locator(".mark[data-run='" + name + "']").last());
      assertThat(page.locator(".mark.lit")).hasCount(2);
      assertThat(page.locator("tr.run.lit")).hasCount(1);
      assertThat(page.locator(".sweep-readout")).containsText("batchtopk k=64");
      page.locator("h1").hover();
      assertThat(page.locator(".mark.lit")).hasCount(0);
      move(page, page.locator(".mark[data-run='" + name + "']").first());
      page.mouse().down();
      page.mouse().up();
      assertThat(page).hasURL(Pattern.compile("/sweep\\?run=" + name + "$"));
      page.reload();
      window.settled();
      assertThat(page.locator(".run-panel h2")).hasText(name);
      assertThat(page.locator(".run-panel")).containsText("sememe studio SWEEP/" + name);
      assertThat(page.locator(".mark.lit")).hasCount(2);
      assertThat(window.problems()).isEmpty();
    }
  }

  @Test
  void theKeyboardAloneChoosesARun() {
    try (StudioBrowser.Window window = window()) {
      window.show("/");
      Page page = window.page();
      page.keyboard().press("j");
      page.keyboard().press("j");
      page.keyboard().press("ArrowDown");
      page.keyboard().press("k");
      String second = SWEEP.members().get(1).name();
      assertThat(page.locator("tr.run a").nth(1)).isFocused();
      assertThat(page.locator(".mark.lit").first()).hasAttribute("data-run", second);
      page.keyboard().press("Enter");
      assertThat(page).hasURL(Pattern.compile("run=" + second + "$"));
      assertThat(page.locator(".run-panel h2")).hasText(second);
      page.goBack();
      assertThat(page.locator(".run-panel")).hasCount(0);
      assertThat(window.problems()).isEmpty();
    }
  }

  @Test
  void whatIsNotThereIsSaidPlainly() {
    try (StudioBrowser.Window window = window()) {
      window.show("/feature/3");
      assertThat(window.page().locator(".problem")).containsText("shows a sweep");
      assertThat(window.page().locator("header.top nav a")).hasCount(1);
      window.show("/sweep?run=none");
      assertThat(window.page().locator(".problem")).containsText("no run none");
      assertThat(window.problems()).isEmpty();
    }
  }

  /** A dictionary that belongs to a sweep has both. */
  @Test
  void aRunsStudioHasItsSweepToo() {
    SyntheticFeatures features = new SyntheticFeatures(100, 100, 1);
    try (StudioServer both = StudioServer.start(StudioPreview.options(features).withSweep(SWEEP));
        StudioBrowser.Window window = browser.open(both.address(), 1280, 900, ColorScheme.LIGHT)) {
      window.show("/");
      Page page = window.page();
      assertThat(page.locator("a.row").first()).isVisible();
      page.locator("header.top nav a").last().click();
      assertThat(page).hasURL(Pattern.compile("/sweep$"));
      assertThat(page.locator(".plot")).hasCount(2);
      page.locator("header.top nav a").first().click();
      assertThat(page.locator("a.row").first()).isVisible();
      assertThat(window.problems()).isEmpty();
    }
  }

  /** Puts the mouse on the middle of a mark; others may lie over it. */
  private static void move(Page page, Locator mark) {
    mark.scrollIntoViewIfNeeded();
    BoundingBox box = mark.boundingBox();
    page.mouse().move(box.x + box.width / 2, box.y + box.height / 2);
  }
}
