package org.sememe.app.studio;

import com.microsoft.playwright.Page;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What axe-core finds on a page: WCAG 2.2 A and AA, and the practices that it counts as serious.
 */
final class Accessibility {
  private static final String AXE = read();

  private Accessibility() {}

  /**
   * The serious and critical findings, a line for every rule: its name, its help, and the first
   * elements that break it.
   */
  @SuppressWarnings("unchecked")
  static List<String> findings(Page page) {
    page.evaluate(AXE);
    return (List<String>)
        page.evaluate(
            """
            async () => {
              // Nothing is fetched for it: the page's policy would refuse, and that is right.
              const { violations } = await axe.run(document, { preload: false, resultTypes: ['violations'] });
              return violations.filter((v) => v.impact === 'serious' || v.impact === 'critical')
                .map((v) => `${v.id} (${v.impact}): ${v.help}: `
                  + v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(' '));
            }
            """);
  }

  private static String read() {
    try (InputStream in = Accessibility.class.getResourceAsStream("/axe.min.js")) {
      if (in == null) {
        throw new IllegalStateException("axe.min.js is not on the class path");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
