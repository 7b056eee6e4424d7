package org.sememe.app.studio;

import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** An answer of server-sent events, which begins with the first. One thread at a time. */
final class EventStream {
  private final ServerResponse response;
  private final JsonExchange json;
  private OutputStream out = OutputStream.nullOutputStream();
  private boolean begun;

  EventStream(ServerResponse response, JsonExchange json) {
    this.response = response;
    this.json = json;
  }

  /** Whether something was sent: a failure can be answered with a status only before that. */
  boolean begun() {
    return begun;
  }

  /**
   * Sends an event.
   *
   * @throws UncheckedIOException if whoever asked has hung up
   */
  void send(String event, Object data) {
    write("event: " + event + "\ndata: ", json.bytes(data), "\n\n");
  }

  /**
   * Sends what the browser passes over.
   *
   * @throws UncheckedIOException if whoever asked has hung up
   */
  void stillHere() {
    write(":\n\n", new byte[0], "");
  }

  private void write(String before, byte[] data, String after) {
    if (!begun) {
      response.header(HeaderNames.CONTENT_TYPE, "text/event-stream");
      response.header(HeaderNames.CACHE_CONTROL, "no-store");
      out = response.outputStream();
      begun = true;
    }
    try {
      out.write(before.getBytes(StandardCharsets.UTF_8));
      out.write(data);
      out.write(after.getBytes(StandardCharsets.UTF_8));
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void end() {
    try {
      out.close();
    } catch (IOException | UncheckedIOException e) {
      // Whoever asked has hung up; there is nobody to tell.
    }
  }
}
