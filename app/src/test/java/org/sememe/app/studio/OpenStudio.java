package org.sememe.app.studio;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/** A running studio and a browser for it: what every test of pages begins with. */
final class OpenStudio implements AutoCloseable {
  private final StudioServer server;
  private final StudioBrowser browser;

  private OpenStudio(StudioServer server, StudioBrowser browser) {
    this.server = server;
    this.browser = browser;
  }

  /** Serves, and starts Chromium; the test is skipped where there is none. */
  static OpenStudio start(StudioOptions options) {
    Optional<Path> chromium = StudioBrowser.executable();
    Assumptions.assumeTrue(chromium.isPresent(), "no Chromium here: set SEMEME_CHROMIUM to one");
    StudioServer server = StudioServer.start(options);
    try {
      return new OpenStudio(server, StudioBrowser.start(chromium.get()));
    } catch (Throwable problem) {
      server.close();
      throw problem;
    }
  }

  StudioServer server() {
    return server;
  }

  /** A large window in the light theme. */
  StudioBrowser.Window window() {
    return window(ColorScheme.LIGHT, 1280, 900);
  }

  StudioBrowser.Window window(ColorScheme scheme, int width, int height) {
    return browser.open(server.address(), width, height, scheme);
  }

  /** Fails unless a page fits its window, can be read, and has no serious finding of axe-core. */
  static void checkPage(String name, Page page) {
    assertThat(PageChecks.overflow(page)).as(name + " is wider than the window").isNotPositive();
    assertThat(PageChecks.smallText(page)).as(name + " has text under 13 px").isEmpty();
    assertThat(PageChecks.faintText(page)).as(name + " has text under 4.5:1").isEmpty();
    assertThat(Accessibility.findings(page)).as(name + " is hard to use for some").isEmpty();
  }

  @Override
  public void close() {
    browser.close();
    server.close();
  }
}
