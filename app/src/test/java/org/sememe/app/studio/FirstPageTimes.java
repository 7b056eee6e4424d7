package org.sememe.app.studio;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import org.sememe.analysis.index.FeatureIndex;
import org.sememe.analysis.index.SyntheticIndex;

/**
 * How long Chromium takes from asking for the first page until its rows are painted, with an empty
 * cache and with a full one, over an index of 9,216 made-up features. The first argument is the
 * number of rounds (20 unless given); two more are not timed.
 */
public final class FirstPageTimes {
  private static final int WARM_UP = 2;

  /** When the first row was there and the next frame began, in ms since the page was asked for. */
  private static final String PAINTED =
      """
      new MutationObserver((changes, watch) => {
        if (!document.querySelector('a.row')) return;
        watch.disconnect();
        requestAnimationFrame(() => setTimeout(() => (window.painted = performance.now())));
      }).observe(document, { childList: true, subtree: true });
      """;

  private FirstPageTimes() {}

  public static void main(String[] arguments) throws Exception {
    int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 20;
    Path folder = Files.createTempDirectory("sememe-first-page");
    Path file = folder.resolve("index.duckdb");
    SyntheticIndex.write(file, 9_216, 20, 1);
    List<Double> empty = new ArrayList<>();
    List<Double> full = new ArrayList<>();
    AtomicInteger requests = new AtomicInteger();
    try (FeatureIndex index = FeatureIndex.open(file);
        StudioServer server = StudioServer.start(StudioOptions.of(index));
        StudioBrowser browser = StudioBrowser.start(StudioBrowser.executable().orElseThrow())) {
      for (int round = -WARM_UP; round < rounds; round++) {
        try (StudioBrowser.Window window =
            browser.open(server.address(), 1280, 900, ColorScheme.LIGHT)) {
          window.page().addInitScript(PAINTED);
          requests.set(0);
          window.page().onRequest(request -> requests.incrementAndGet());
          double first = painted(window.page());
          int asked = requests.get();
          double again = painted(window.page());
          if (round >= 0) {
            empty.add(first);
            full.add(again);
          } else if (round == -WARM_UP) {
            System.out.println(asked + " requests");
          }
        }
      }
    } finally {
      Files.deleteIfExists(file);
      Files.deleteIfExists(folder);
    }
    report("empty cache", empty);
    report("full cache", full);
  }

  private static double painted(Page page) {
    page.navigate("/");
    page.waitForFunction("() => window.painted");
    return ((Number) page.evaluate("() => window.painted")).doubleValue();
  }

  private static void report(String name, List<Double> times) {
    List<Double> sorted = times.stream().sorted().toList();
    System.out.printf(
        Locale.ROOT,
        "%s: median %.0f ms, %.0f to %.0f (n = %d)%n",
        name,
        sorted.get(sorted.size() / 2),
        sorted.getFirst(),
        sorted.getLast(),
        sorted.size());
  }
}
