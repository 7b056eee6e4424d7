package org.sememe.app.studio;

import com.microsoft.playwright.options.ColorScheme;
import java.net.URI;
import java.util.List;
import java.util.Locale;

/**
 * Draws the pages of a running studio into target/studio, for the documents. Arguments: its
 * address, and latents whose pages to draw. An argument that begins with a slash is drawn as a
 * steering page, once its replies are there.
 */
public final class RunScreenshots {
  private static final String PROMPT =
      "/prompt?text=The+Golden+Gate+Bridge+in+San+Francisco+was+painted+in+international+orange.";

  /** A model takes its time. */
  private static final double REPLIES_MILLIS = 240_000;

  private RunScreenshots() {}

  public static void main(String[] arguments) {
    URI studio = URI.create(arguments[0]);
    try (StudioBrowser browser = StudioBrowser.start(StudioBrowser.executable().orElseThrow())) {
      for (ColorScheme scheme : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
        String suffix = "-" + scheme.name().toLowerCase(Locale.ROOT);
        try (StudioBrowser.Window window = browser.open(studio, 1440, 1000, scheme)) {
          window.show("/");
          window.screenshot("run-list" + suffix, false);
          for (int i = 1; i < arguments.length; i++) {
            if (arguments[i].startsWith("/")) {
              window.page().setDefaultTimeout(REPLIES_MILLIS);
              window.show(arguments[i]);
              window.screenshot("run-steer-" + i + suffix, false);
              continue;
            }
            window.show("/feature/" + arguments[i]);
            window.screenshot("run-feature-" + arguments[i] + suffix, false);
          }
          window.show(PROMPT);
          window.screenshot("run-prompt" + suffix, false);
          window.problems().forEach(System.out::println);
        }
      }
    }
  }
}
