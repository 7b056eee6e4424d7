package org.sememe.app.studio;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.FrameLocator;
import com.microsoft.playwright.Page;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A feature's page in a frame of another site's page. */
class EmbeddingTest {
  private static final SyntheticFeatures FEATURES = new SyntheticFeatures(100, 200, 1);
  private static HttpServer elsewhere;
  private static OpenStudio open;
  private static StudioServer closed;

  @BeforeAll
  static void start() throws IOException {
    elsewhere = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    elsewhere.createContext(
        "/",
        exchange -> {
          String framed = exchange.getRequestURI().getQuery();
          byte[] page =
              ("<!doctype html><title>Elsewhere</title><iframe title=feature width=900 height=700"
                      + " src='"
                      + framed
                      + "'></iframe>")
                  .getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().add("Content-Type", "text/html");
          exchange.sendResponseHeaders(200, page.length);
          exchange.getResponseBody().write(page);
          exchange.close();
        });
    elsewhere.start();
    String origin = "http://127.0.0.1:" + elsewhere.getAddress().getPort();
    open = OpenStudio.start(StudioOptions.of(FEATURES).withEmbedders(List.of(origin)));
    closed = StudioServer.start(StudioOptions.of(FEATURES));
  }

  @AfterAll
  static void stop() {
    elsewhere.stop(0);
    if (open != null) {
      open.close();
      closed.close();
    }
  }

  private static FrameLocator framed(Page page, URI studio, String path) {
    page.navigate(
        "http://127.0.0.1:" + elsewhere.getAddress().getPort() + "/?" + studio.resolve(path));
    return page.frameLocator("iframe");
  }

  @Test
  void anOriginThatWasNamedFramesAFeatureAndStaysWithIt() {
    try (StudioBrowser.Window window = open.window()) {
      Page page = window.page();
      FrameLocator frame = framed(page, open.server().address(), "/feature/3?embed=1");
      assertThat(frame.locator(".axis")).isVisible();
      assertThat(frame.locator("header.top, .steps, .steer-with")).hasCount(0);
      frame.locator("h1").click();
      page.keyboard().press("j");
      assertThat(frame.locator("h1")).containsText("4");
      // What is not for the frame opens beside it.
      Page beside = page.waitForPopup(() -> frame.locator(".neighbours a").first().click());
      assertThat(beside).hasURL(Pattern.compile("/feature/\\d+$"));
      assertThat(beside.locator("header.top")).isVisible();
      assertThat(frame.locator("h1")).containsText("4");
    }
  }

  @Test
  void withoutEmbedOrWithoutBeingNamedNothingIsFramed() {
    try (StudioBrowser.Window window = open.window()) {
      Page page = window.page();
      for (URI address :
          List.of(
              open.server().address().resolve("/feature/3"),
              closed.address().resolve("/feature/3?embed=1"))) {
        FrameLocator frame = framed(page, address, address.getPath() + query(address));
        page.waitForLoadState();
        assertThat(frame.locator("#app")).hasCount(0);
      }
    }
  }

  private static String query(URI address) {
    return address.getQuery() == null ? "" : "?" + address.getQuery();
  }
}
