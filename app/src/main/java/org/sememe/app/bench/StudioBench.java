package org.sememe.app.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.sememe.analysis.index.FeatureIndex;
import org.sememe.analysis.index.SyntheticIndex;
import org.sememe.app.studio.StudioOptions;
import org.sememe.app.studio.StudioServer;
import org.sememe.tensors.RandomStream;

/**
 * How fast the studio answers over HTTP on this machine, from an index of made-up features. One
 * request at a time, on one connection that stays open; what a browser does with the answers is not
 * in it.
 *
 * @param latents in the index
 * @param examples of each latent that fires; a real index has 52 at most
 * @param requests of each kind, after a tenth as many that are not timed
 */
public record StudioBench(int latents, int examples, int requests) {
  private static final long SEED = 1;
  private static final Pattern NAMED = Pattern.compile("(?:href|src)=\"(/[^\"]+)\"");
  private static final List<String> SORTS =
      List.of("density", "max_activation", "mean_activation", "norm", "latent");

  /** Checks the ranges. */
  public StudioBench {
    if (latents < 1 || examples < 1 || requests < 1) {
      throw new IllegalArgumentException("latents, examples and requests must be at least 1");
    }
  }

  /** A kind of request: what is asked in the {@code n}-th, a path after the other. */
  private interface Kind {
    List<String> paths(RandomStream random);
  }

  /** Told of every part that begins. */
  @FunctionalInterface
  public interface Listener {
    void begins(String part);
  }

  /** What was measured; fields as scripts read them. */
  public Map<String, Object> run(Listener listener) throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("sememe-bench");
    Path file = folder.resolve("index.duckdb");
    try {
      listener.begins("writing an index of " + latents + " latents");
      long begin = System.nanoTime();
      SyntheticIndex.write(file, latents, examples, SEED);
      double written = (System.nanoTime() - begin) / 1e9;
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("latents", latents);
      fields.put("examples", examples);
      fields.put("index_mb", Files.size(file) / 1e6);
      fields.put("write_s", written);
      resident().ifPresent(size -> fields.put("write_peak_mb", size.peak()));
      long opening = System.nanoTime();
      try (FeatureIndex index = FeatureIndex.open(file);
          StudioServer server = StudioServer.start(StudioOptions.of(index));
          HttpClient client =
              HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
        fields.put("open_ms", (System.nanoTime() - opening) / 1e6);
        ask(client, server.address(), fields, listener);
        resident().ifPresent(size -> fields.put("serving_mb", size.now()));
      }
      fields.put("requests", requests);
      fields.put("cpu", Cpu.name());
      return fields;
    } finally {
      Files.deleteIfExists(file);
      Files.deleteIfExists(folder);
    }
  }

  private static Optional<ResidentSize> resident() {
    return ResidentSize.of(ProcessHandle.current().pid());
  }

  private void ask(HttpClient client, URI server, Map<String, Object> fields, Listener listener)
      throws IOException, InterruptedException {
    List<String> files = new ArrayList<>();
    Matcher named = NAMED.matcher(get(client, server, "/"));
    while (named.find()) {
      files.add(named.group(1));
    }
    List<String> firstPage = new ArrayList<>(List.of("/"));
    firstPage.addAll(files);
    firstPage.addAll(List.of("/api/features?offset=0&limit=50", "/api/lists"));
    Map<String, Kind> kinds = new LinkedHashMap<>();
    kinds.put("first_page", random -> firstPage);
    kinds.put("feature", random -> List.of("/api/features/" + random.nextInt(latents)));
    kinds.put(
        "search", random -> List.of("/api/features?limit=50&q=word" + random.nextInt(49_152)));
    kinds.put(
        "list",
        random ->
            List.of(
                "/api/features?limit=50&sort=%s&order=%s&offset=%d"
                    .formatted(
                        SORTS.get(random.nextInt(SORTS.size())),
                        random.nextInt(2) == 0 ? "asc" : "desc",
                        50 * random.nextInt(Math.max(1, latents / 50 / 2)))));
    for (Map.Entry<String, Kind> kind : kinds.entrySet()) {
      listener.begins(kind.getKey());
      RandomStream random = RandomStream.of(SEED).stream(kind.getKey());
      List<Double> times = new ArrayList<>();
      for (int i = -Math.max(1, requests / 10); i < requests; i++) {
        List<String> paths = kind.getValue().paths(random);
        long begin = System.nanoTime();
        for (String path : paths) {
          get(client, server, path);
        }
        if (i >= 0) {
          times.add((System.nanoTime() - begin) / 1e6);
        }
      }
      Map<String, Double> milliseconds = new LinkedHashMap<>();
      milliseconds.put("median", Median.of(times, Double::doubleValue));
      milliseconds.put("p99", Quantile.of(times, 0.99));
      fields.put(kind.getKey() + "_ms", milliseconds);
    }
    fields.put("first_page_requests", firstPage.size());
  }

  private static String get(HttpClient client, URI server, String path)
      throws IOException, InterruptedException {
    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(server.resolve(path)).timeout(Duration.ofSeconds(60)).build(),
            HttpResponse.BodyHandlers.ofString());
    if (answer.statusCode() != 200) {
      throw new IOException(path + ": the studio answered " + answer.statusCode());
    }
    return answer.body();
  }
}
