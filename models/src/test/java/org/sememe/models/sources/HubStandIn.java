package org.sememe.models.sources;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A hub on loopback with whole repositories, for tests of what asks it by a source. */
public final class HubStandIn implements AutoCloseable {
  private static final String API = "/api/models/";
  private static final String RESOLVE = "/resolve/main/";

  private final HttpServer server;
  private final Map<String, byte[]> files;

  /**
   * Starts it.
   *
   * @param files by {@code OWNER/REPO/PATH}
   */
  public HubStandIn(Map<String, byte[]> files) throws IOException {
    this.files = Map.copyOf(files);
    this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
  }

  /** What a source names, fetched from here into a cache. */
  public Path open(String spec, Path cache) throws IOException {
    ModelStore store =
        new ModelStore(
            new ModelCache(cache),
            new Catalogue(List.of()),
            PackageClient.standard(),
            FakeHub.client(URI.create("http://127.0.0.1:" + server.getAddress().getPort())));
    return store.open(spec, (what, done, total) -> {});
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    byte[] content =
        path.startsWith(API)
            ? described(path.substring(API.length()).replaceFirst("/revision/main$", "/"))
            : files.getOrDefault(path.substring(1).replace(RESOLVE, "/"), new byte[0]);
    exchange.sendResponseHeaders(content.length == 0 ? 404 : 200, content.length);
    exchange.getResponseBody().write(content);
    exchange.close();
  }

  private byte[] described(String repository) {
    return files.keySet().stream()
        .filter(file -> file.startsWith(repository))
        .map(file -> "{\"rfilename\": \"" + file.substring(repository.length()) + "\"}")
        .collect(Collectors.joining(",", "{\"siblings\": [", "]}"))
        .getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
