package org.sememe.app.studio;

import com.microsoft.playwright.options.ColorScheme;
import java.util.Locale;

/** Draws every page in both themes and several windows into target/studio, to be looked at. */
public final class StudioScreenshots {
  private StudioScreenshots() {}

  public static void main(String[] arguments) {
    SyntheticFeatures features = new SyntheticFeatures(2_000, 4_000, 1);
    try (StudioServer server = StudioServer.start(StudioPreview.options(features));
        StudioBrowser browser = StudioBrowser.start(StudioBrowser.executable().orElseThrow())) {
      for (ColorScheme scheme : new ColorScheme[] {ColorScheme.LIGHT, ColorScheme.DARK}) {
        for (int width : new int[] {1440, 380}) {
          String suffix = "-" + scheme.name().toLowerCase(Locale.ROOT) + "-" + width;
          try (StudioBrowser.Window window = browser.open(server.address(), width, 900, scheme)) {
            window.show("/");
            window.screenshot("list" + suffix, false);
            window.show("/feature/41");
            window.screenshot("feature" + suffix, true);
            if (width > 1000) {
              window.page().hover(".axis-intervals button:nth-child(4)");
              window.screenshot("feature-interval" + suffix, false);
              window.page().locator(".example .tk.peak").nth(3).hover();
              window.screenshot("feature-token" + suffix, false);
              window.show("/feature/" + SyntheticFeatures.HOSTILE_LATENT + "?view=full");
              window.screenshot("hostile" + suffix, false);
              window.show("/feature/" + SyntheticFeatures.DEAD_LATENT);
              window.screenshot("dead" + suffix, false);
              window.page().keyboard().press("?");
              window.screenshot("help" + suffix, false);
            }
            window.show(
                "/prompt?text=the+calm+bay+in+western+California%2C+the+bridge+and+the+Pacific+Ocean%3B+the+water+is+calm&token=6");
            window.screenshot("prompt-token" + suffix, false);
            window.show(
                "/prompt?text=if+%28value+%3D%3D+null%29+%7B%0A++++throw+new+IllegalArgumentException%28%22value+is+null%22%29%3B%0A%7D%0A");
            window.screenshot("prompt" + suffix, false);
            window.show(
                "/steer?f=3=5x:clamp&f=41=-2xmean:add&text=the+calm+bay+by+the+bridge&n=40&run=1");
            window.screenshot("steer" + suffix, true);
            window.problems().forEach(System.out::println);
          }
        }
      }
    }
  }
}
