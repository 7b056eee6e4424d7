package org.sememe.app.studio;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.sememe.analysis.geometry.DirectionMap;
import org.sememe.analysis.geometry.DirectionMap.Kept;
import org.sememe.tensors.AtomicFile;

/**
 * A map of decoder directions in a file beside the run: {@code {"latents": [...], "x": [...], "y":
 * [...], "kept": {...}}}.
 */
public final class MapFile {
  /** The file's name, in the folder of what is kept of a dictionary. */
  public static final String FILE = "map.json";

  private static final long MOST_BYTES = 64L << 20;
  private static final JsonMapper JSON = new JsonMapper();

  private MapFile() {}

  /** Writes a map whole or not at all. */
  public static void write(Path file, DirectionMap map) throws IOException {
    ObjectNode whole = JSON.createObjectNode();
    ArrayNode latents = whole.putArray("latents");
    ArrayNode x = whole.putArray("x");
    ArrayNode y = whole.putArray("y");
    for (int i = 0; i < map.latents().length; i++) {
      latents.add(map.latents()[i]);
      x.add(map.x()[i]);
      y.add(map.y()[i]);
    }
    Kept kept = map.kept();
    whole
        .putObject("kept")
        .put("share", kept.share())
        .put("principal", kept.principal())
        .put("chance", kept.chance())
        .put("neighbours", kept.neighbours())
        .put("sample", kept.sample());
    AtomicFile.write(file, out -> out.write(JSON.writeValueAsBytes(whole)));
  }

  /**
   * Reads a map.
   *
   * @param latents of the dictionary that it is to be of
   * @throws IOException if it is none, or of another dictionary's size
   */
  public static DirectionMap read(Path file, int latents) throws IOException {
    if (Files.size(file) > MOST_BYTES) {
      throw damaged(file, "larger than 64 MB");
    }
    JsonNode whole;
    try {
      whole = JSON.readTree(Files.readAllBytes(file));
    } catch (JsonProcessingException e) {
      throw damaged(file, "not JSON");
    }
    JsonNode named = whole.path("latents");
    int n = named.size();
    int[] which = new int[n];
    float[] x = new float[n];
    float[] y = new float[n];
    for (int i = 0; i < n; i++) {
      JsonNode latent = named.get(i);
      if (!latent.isInt() || latent.intValue() < 0 || latent.intValue() >= latents) {
        throw damaged(file, "'latents' has " + latent + ", and the dictionary " + latents);
      }
      which[i] = latent.intValue();
      x[i] = place(file, whole.path("x").path(i));
      y[i] = place(file, whole.path("y").path(i));
    }
    if (n == 0 || whole.path("x").size() != n || whole.path("y").size() != n) {
      throw damaged(file, "'latents', 'x' and 'y' are not of one length");
    }
    JsonNode kept = whole.path("kept");
    return new DirectionMap(
        which,
        x,
        y,
        new Kept(
            kept.path("share").asDouble(),
            kept.path("principal").asDouble(),
            kept.path("chance").asDouble(),
            kept.path("neighbours").asInt(),
            kept.path("sample").asInt()));
  }

  private static float place(Path file, JsonNode number) throws IOException {
    if (!number.isNumber() || !Float.isFinite(number.floatValue())) {
      throw damaged(file, "a place is no number");
    }
    return number.floatValue();
  }

  private static IOException damaged(Path file, String what) {
    return new IOException(file + ": not a map (" + what + "): make it anew: sememe index --map");
  }
}
