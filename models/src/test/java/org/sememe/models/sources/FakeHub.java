package org.sememe.models.sources;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.sememe.tensors.Sha256;

/** A hub on this machine with one file; may break off the first downloads. */
final class FakeHub implements AutoCloseable {
  private final HttpServer server;
  private final byte[] content;
  private final AtomicInteger breaks;
  private final List<String> ranges = new CopyOnWriteArrayList<>();

  FakeHub(String path, byte[] content, int breaks) throws IOException {
    this.content = content;
    this.breaks = new AtomicInteger(breaks);
    this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(path, this::sendOn);
    server.createContext("/blob", this::send);
    server.start();
  }

  /** A client of a hub that is somewhere else, or nowhere. */
  static HubClient client(URI address) {
    HubCache none = new HubCache(Path.of("no-such-folder"));
    return new HubClient(address, Optional.empty(), none, false, Duration.ofSeconds(5));
  }

  HubClient client() {
    return client(
        URI.create(
            "http://" + server.getAddress().getHostString() + ":" + server.getAddress().getPort()));
  }

  /** The Range of each request for the bytes. */
  List<String> ranges() {
    return List.copyOf(ranges);
  }

  private void sendOn(HttpExchange exchange) throws IOException {
    exchange.getResponseHeaders().add("X-Linked-ETag", "\"" + Sha256.of(content) + "\"");
    exchange.getResponseHeaders().add("Location", "/blob");
    exchange.sendResponseHeaders(302, -1);
    exchange.close();
  }

  private void send(HttpExchange exchange) throws IOException {
    String range = exchange.getRequestHeaders().getFirst("Range");
    ranges.add(String.valueOf(range));
    int from = range == null ? 0 : Integer.parseInt(range.replaceAll("\\D", ""));
    if (from >= content.length) {
      exchange.sendResponseHeaders(416, -1);
      exchange.close();
      return;
    }
    int length = content.length - from;
    exchange.sendResponseHeaders(range == null ? 200 : 206, length);
    boolean whole = breaks.getAndDecrement() <= 0;
    exchange.getResponseBody().write(content, from, whole ? length : length / 2);
    exchange.close();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
