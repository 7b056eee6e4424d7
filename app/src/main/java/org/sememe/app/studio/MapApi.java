package org.sememe.app.studio;

import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntSupplier;
import org.sememe.analysis.geometry.DirectionMap;
import org.sememe.analysis.index.FeatureSource;

/**
 * The map of decoder directions over HTTP. {@code GET /api/map} answers {@link Shown}. The file is
 * read when it is first asked for.
 */
final class MapApi {
  private final Optional<Path> file;
  private final IntSupplier latents;
  private final JsonExchange json;
  private Optional<DirectionMap> read = Optional.empty();

  /**
   * The map.
   *
   * @param density share of the indexed tokens on which each is active
   */
  record Shown(int[] latents, float[] x, float[] y, float[] density, DirectionMap.Kept kept) {}

  /**
   * Of a map in a file.
   *
   * @param latents of the dictionary
   */
  MapApi(Optional<Path> file, IntSupplier latents, JsonExchange json) {
    this.file = file;
    this.latents = latents;
    this.json = json;
  }

  boolean there() {
    return file.filter(Files::isRegularFile).isPresent();
  }

  void show(ServerRequest request, ServerResponse response, FeatureSource features) {
    DirectionMap map = map();
    float[] all = features.densities();
    float[] density = new float[map.latents().length];
    for (int i = 0; i < density.length; i++) {
      density[i] = all[map.latents()[i]];
    }
    json.send(request, response, new Shown(map.latents(), map.x(), map.y(), density, map.kept()));
  }

  /**
   * The latents within a rectangle.
   *
   * @param box {@code x,y,x,y} of two corners
   */
  Set<Integer> within(String box) {
    String number = "-?[0-9]{1,6}(\\.[0-9]{1,6})?";
    if (!box.matches(number + "(," + number + "){3}")) {
      throw new StudioException(400, "box: four numbers with commas between");
    }
    double[] corners = Arrays.stream(box.split(",")).mapToDouble(Double::parseDouble).toArray();
    DirectionMap map = map();
    Set<Integer> inside = new TreeSet<>();
    for (int i = 0; i < map.latents().length; i++) {
      if (between(map.x()[i], corners[0], corners[2])
          && between(map.y()[i], corners[1], corners[3])) {
        inside.add(map.latents()[i]);
      }
    }
    return inside;
  }

  private static boolean between(double value, double one, double other) {
    return value >= Math.min(one, other) && value <= Math.max(one, other);
  }

  private synchronized DirectionMap map() {
    if (!there()) {
      throw new StudioException(
          404, "there is no map of this dictionary yet; make it: sememe index RUN --map");
    }
    if (read.isEmpty()) {
      try {
        read = Optional.of(MapFile.read(file.orElseThrow(), latents.getAsInt()));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return read.get();
  }
}
