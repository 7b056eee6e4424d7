package org.sememe.app.studio;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.ColorScheme;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/** The system's Chromium, driven by Playwright; nothing is downloaded. */
final class StudioBrowser implements AutoCloseable {
  private final Playwright playwright;
  private final Browser browser;

  private StudioBrowser(Playwright playwright, Browser browser) {
    this.playwright = playwright;
    this.browser = browser;
  }

  /** Where Chromium is: what SEMEME_CHROMIUM names, else one of the usual places. */
  static Optional<Path> executable() {
    return Stream.concat(
            Stream.ofNullable(System.getenv("SEMEME_CHROMIUM")),
            Stream.of(
                "/usr/bin/chromium",
                "/usr/bin/chromium-browser",
                "/usr/bin/google-chrome",
                "/usr/bin/google-chrome-stable",
                "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"))
        .map(Path::of)
        .filter(Files::isExecutable)
        .findFirst();
  }

  static StudioBrowser start(Path executable) {
    Playwright playwright =
        Playwright.create(
            new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
    Browser browser =
        playwright
            .chromium()
            .launch(
                new BrowserType.LaunchOptions()
                    .setExecutablePath(executable)
                    .setHeadless(true)
                    .setArgs(
                        List.of(
                            "--no-sandbox",
                            "--disable-gpu",
                            "--disable-quic",
                            "--no-first-run",
                            "--disable-background-networking",
                            "--disable-component-update",
                            "--disable-sync")));
    return new StudioBrowser(playwright, browser);
  }

  /** A window of its own, which notes whatever goes wrong in it. */
  Window open(URI studio, int width, int height, ColorScheme scheme) {
    return new Window(
        browser.newContext(
            new Browser.NewContextOptions()
                .setViewportSize(width, height)
                .setColorScheme(scheme)
                .setBaseURL(studio.resolve("/").toString())),
        studio);
  }

  @Override
  public void close() {
    browser.close();
    playwright.close();
  }

  /** A page with what it complained of and whom else it asked. */
  static final class Window implements AutoCloseable {
    private final BrowserContext context;
    private final Page page;
    private final List<String> problems = new CopyOnWriteArrayList<>();

    private Window(BrowserContext context, URI studio) {
      this.context = context;
      this.page = context.newPage();
      page.setDefaultTimeout(15_000);
      page.onConsoleMessage(
          message -> {
            if (message.type().equals("error") || message.type().equals("warning")) {
              problems.add("console: " + message.text());
            }
          });
      page.onPageError(error -> problems.add("script: " + error));
      page.onDialog(
          dialog -> {
            problems.add("dialog: " + dialog.message());
            dialog.dismiss();
          });
      page.onRequest(
          request -> {
            if (!studio.getAuthority().equals(URI.create(request.url()).getAuthority())) {
              problems.add("another host was asked: " + request.url());
            }
          });
      page.onRequestFailed(
          request -> {
            // A page that is left while it loads gives its request up; that is no failure.
            if (!request.failure().contains("ERR_ABORTED")) {
              problems.add("failed: " + request.url() + " " + request.failure());
            }
          });
    }

    Page page() {
      return page;
    }

    /**
     * Console errors and warnings, script errors, dialogs, requests to other hosts, failed
     * requests.
     */
    List<String> problems() {
      return List.copyOf(problems);
    }

    /** Goes to a path and waits until it has its data. */
    void show(String path) {
      page.navigate(path);
      settled();
    }

    /** Waits until nothing on the page is loading. */
    void settled() {
      page.waitForSelector("#main");
      page.waitForFunction(
          "() => document.fonts.status === 'loaded' && !document.querySelector('.stale, .ghost, .working')");
    }

    /** Writes {@code target/studio/NAME.png}. */
    void screenshot(String name, boolean whole) {
      page.screenshot(
          new Page.ScreenshotOptions()
              .setPath(Path.of("target", "studio", name + ".png"))
              .setFullPage(whole));
    }

    @Override
    public void close() {
      context.close();
    }
  }
}
