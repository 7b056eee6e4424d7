package org.sememe.app.studio;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sememe.analysis.index.FeatureExample;

/** A person grades how well a label fits, in Chromium. */
class GradesPageTest {
  private static final SyntheticFeatures FEATURES = new SyntheticFeatures(100, 300, 1);
  private static final int LATENT = 3;

  @TempDir private static Path folder;
  private static FeatureNotes notes;
  private static FeatureGrades grades;
  private static OpenStudio studio;

  @BeforeAll
  static void start() {
    notes = new FeatureNotes(folder.resolve(FeatureNotes.FILE));
    grades = new FeatureGrades(folder.resolve(FeatureGrades.FILE));
    studio = OpenStudio.start(StudioPreview.options(FEATURES).withNotes(notes).withGrades(grades));
  }

  @AfterAll
  static void stop() {
    if (studio != null) {
      studio.close();
    }
  }

  @BeforeEach
  void label() {
    notes.put(LATENT, new FeatureNotes.Note("bodies of water " + SyntheticText.IMAGE, ""));
    FEATURES.feature(LATENT).orElseThrow().examples().forEach(e -> grades.remove(LATENT, e));
  }

  @Test
  void theKeyboardAloneGradesOneExampleAfterTheOther() {
    try (StudioBrowser.Window window = studio.window()) {
      Page page = window.page();
      window.show("/feature/" + LATENT);
      assertThat(page.locator(".grades, .fits")).hasCount(0);
      page.keyboard().press("g");
      assertThat(page).hasURL(Pattern.compile("grade=1"));
      assertThat(page.locator(".grades").first()).isVisible();
      page.keyboard().press("3"); // nothing in focus: the first
      page.keyboard().press("2");
      page.keyboard().press("0");
      List<Integer> given = List.of(3, 2, 0);
      for (int i = 0; i < given.size(); i++) {
        assertThat(page.locator(".grades").nth(i).locator("[aria-pressed=true]"))
            .hasText(String.valueOf(given.get(i)));
      }
      assertThat(page.locator(".example-value").nth(3)).isFocused();
      assertThat(page.locator(".fits")).containsText("1 of 3"); // the three are among the strongest
      assertThat(grades.of(LATENT)).hasSize(3);
      page.reload();
      window.settled();
      assertThat(page.locator(".grades").first().locator("[aria-pressed=true]")).hasText("3");
      assertThat(page.locator(".fits")).containsText("1 of 3");
      page.keyboard().press("g");
      assertThat(page.locator(".grades")).hasCount(0);
      assertThat(page.locator(".fits")).containsText("1 of 3");
      assertThat(window.problems()).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({"LIGHT,1440,900", "DARK,1440,900", "LIGHT,360,740", "DARK,360,740"})
  void theAxisShowsWhereTheLabelStopsBeingTrue(ColorScheme scheme, int width, int height) {
    List<FeatureExample> examples = FEATURES.feature(LATENT).orElseThrow().examples();
    String label = notes.of(LATENT).label();
    int last = FEATURES.feature(LATENT).orElseThrow().intervals().size() - 1;
    for (FeatureExample example : examples) {
      int grade = example.interval() > last / 2 ? 3 : example.id() % 3;
      grades.put(LATENT, FeatureGrades.Grade.of(example, label, grade));
    }
    try (StudioBrowser.Window window = studio.window(scheme, width, height)) {
      Page page = window.page();
      window.show("/feature/" + LATENT + "?grade=1");
      Locator cells = page.locator(".fits-cell");
      assertThat(cells).hasCount(last + 1);
      long random = examples.stream().filter(e -> !e.group().equals("top")).count();
      long counted =
          cells.locator("small").allTextContents().stream()
              .mapToLong(n -> Long.parseLong(n.replace("n = ", "")))
              .sum();
      assertThat(counted).isLessThanOrEqualTo(random).isPositive(); // one text, one grade
      int lowest =
          examples.stream()
              .filter(e -> !e.group().equals("top"))
              .mapToInt(FeatureExample::interval)
              .min()
              .orElseThrow();
      assertThat(cells.nth(lowest))
          .hasAttribute("aria-label", Pattern.compile("fits 0 of \\d+, 0 % \\(95 %: 0 % to .*"));
      assertThat(page.locator("main img, main script")).hasCount(0);
      OpenStudio.checkPage("grades", page);
      window.screenshot("test-grades-" + scheme + "-" + width, false);
      page.locator("article")
          .first()
          .evaluate("e => e.querySelector('.examples-bar').scrollIntoView()");
      window.screenshot("test-grading-" + scheme + "-" + width, false);
      assertThat(window.problems()).isEmpty();
    }
  }

  @Test
  void aClickGradesAndTakesAwayAndAnotherLabelBeginsAnew() {
    try (StudioBrowser.Window window = studio.window()) {
      Page page = window.page();
      window.show("/feature/" + LATENT + "?grade=1");
      Locator two = page.locator(".grades").first().locator("button").nth(2);
      two.click();
      assertThat(two).hasAttribute("aria-pressed", "true");
      notes.put(LATENT, new FeatureNotes.Note("something else", ""));
      page.reload();
      window.settled();
      assertThat(page.locator(".grade-legend")).containsText("1 grade of an earlier label");
      assertThat(page.locator(".grades [aria-pressed=true], .fits")).hasCount(0);
      two.click();
      two.click();
      assertThat(page.locator(".grades [aria-pressed=true]")).hasCount(0);
      notes.put(LATENT, FeatureNotes.Note.NONE);
      page.reload();
      window.settled();
      assertThat(page.locator(".grades")).hasCount(0);
      assertThat(page.locator(".examples-all > .card-note")).containsText("label first");
      page.keyboard().press("3"); // grades nothing
      assertThat(window.problems()).isEmpty();
    }
  }
}
