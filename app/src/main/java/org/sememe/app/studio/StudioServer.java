package org.sememe.app.studio;

import io.helidon.webserver.WebServer;
import io.helidon.webserver.http1.Http1Config;
import java.net.URI;
import java.time.Duration;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * The running studio: the pages, the JSON API and the guard in front of both. Requests run on
 * virtual threads. Thread-safe.
 */
public final class StudioServer implements AutoCloseable {
  private static final int MOST_URL = 128 * 1024; // a prompt travels in the page's URL
  private static final long MOST_BODY = 1 << 20;

  /** Held, so that its level stays: the server's own announcements are not for the terminal. */
  private static final Logger HELIDON = Logger.getLogger("io.helidon");

  /** What it logs when it cannot listen is thrown as one line instead. */
  private static final Logger LISTENER = Logger.getLogger("io.helidon.webserver.LoomServer");

  private final WebServer server;
  private final LazyModel model;
  private final StudioOptions options;

  private StudioServer(WebServer server, LazyModel model, StudioOptions options) {
    this.server = server;
    this.model = model;
    this.options = options;
  }

  /**
   * Starts to listen and returns at once; nothing is loaded yet.
   *
   * @throws IllegalStateException if the port is taken
   */
  public static StudioServer start(StudioOptions options) {
    HELIDON.setLevel(Level.WARNING);
    LISTENER.setLevel(Level.OFF);
    LazyModel model = new LazyModel(options.model());
    RequestGuard guard = new RequestGuard(options.host(), options.token(), options.embedders());
    StudioApi api = new StudioApi(options, model);
    StaticPages pages = new StaticPages(options.features().isPresent());
    WebServer server =
        WebServer.builder()
            .host(options.host())
            .port(options.port())
            .shutdownHook(false)
            .shutdownGracePeriod(Duration.ofMillis(200))
            .maxPayloadSize(MOST_BODY)
            // Else an answer's last packet waits up to 40 ms for the browser's acknowledgement.
            .connectionOptions(socket -> socket.tcpNoDelay(true))
            .addProtocol(
                Http1Config.builder().maxPrologueLength(MOST_URL).maxHeadersSize(32 * 1024).build())
            .routing(
                routing ->
                    routing
                        .addFilter(guard)
                        .register("/api", api)
                        .any(pages)
                        .error(Throwable.class, api::fail))
            .build();
    RuntimeException problem = null;
    try {
      server.start();
    } catch (RuntimeException e) {
      problem = e;
    }
    if (!server.isRunning() || server.port() <= 0) { // a failed bind may be only logged
      model.close();
      throw new IllegalStateException(
          "the studio cannot listen on "
              + options.host()
              + ":"
              + options.port()
              + " (is the port taken?): give another --port",
          problem);
    }
    return new StudioServer(server, model, options);
  }

  /** The address to open, with the token if there is one. */
  public URI address() {
    String host = options.host().contains(":") ? "[" + options.host() + "]" : options.host();
    String query = options.token().map(t -> "?token=" + t).orElse("");
    return URI.create("http://" + host + ":" + server.port() + "/" + query);
  }

  /** Stops to listen, and closes the model if it was loaded. */
  @Override
  public void close() {
    server.stop();
    model.close();
  }
}
