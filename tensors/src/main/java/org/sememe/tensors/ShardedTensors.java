package org.sememe.tensors;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import org.bytedeco.pytorch.Tensor;

/**
 * Files that hold one set of tensors together, as an index says ({@code weight_map}: tensor to file
 * name in the same folder). The shards are opened with the index.
 */
public final class ShardedTensors implements TensorSource {
  /** Far over the largest that anyone writes: about 10 MB for 90,000 tensors. */
  private static final long MOST_BYTES = 1L << 26;

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private final Path path;
  private final LinkedHashMap<String, TensorSource> homes;
  private final List<TensorSource> shards;

  private ShardedTensors(
      Path path, LinkedHashMap<String, TensorSource> homes, List<TensorSource> shards) {
    this.path = path;
    this.homes = homes;
    this.shards = shards;
  }

  /** Opens a shard. */
  @FunctionalInterface
  public interface Opener {
    TensorSource open(Path file) throws IOException;
  }

  /** The same of one file that holds everything, which then belongs to the result. */
  public static ShardedTensors single(Path path, TensorSource only) {
    LinkedHashMap<String, TensorSource> homes = new LinkedHashMap<>();
    only.names().forEach(name -> homes.put(name, only));
    return new ShardedTensors(path, homes, List.of(only));
  }

  /**
   * Opens an index and its shards.
   *
   * @param ending of the shards' names
   * @param opener for one of them
   * @throws FormatException if the index is damaged, names a file outside its folder, or a shard
   *     lacks a tensor that the index puts there
   */
  public static ShardedTensors open(Path index, String ending, Opener opener) throws IOException {
    Map<String, String> places = weightMap(index, ending);
    LinkedHashMap<String, TensorSource> shards = new LinkedHashMap<>();
    LinkedHashMap<String, TensorSource> homes = new LinkedHashMap<>();
    try {
      for (Map.Entry<String, String> place : places.entrySet()) {
        TensorSource shard = shards.get(place.getValue());
        if (shard == null) {
          shard = openShard(index, place.getValue(), opener);
          shards.put(place.getValue(), shard);
        }
        if (!shard.names().contains(place.getKey())) {
          throw new FormatException(
              index, 0, "tensor \"" + place.getKey() + "\" is not in " + place.getValue());
        }
        homes.put(place.getKey(), shard);
      }
    } catch (Throwable problem) {
      shards.values().forEach(TensorSource::close);
      throw problem;
    }
    return new ShardedTensors(index, homes, List.copyOf(shards.values()));
  }

  private static TensorSource openShard(Path index, String name, Opener opener) throws IOException {
    try {
      Path shard = index.resolveSibling(name);
      if (Files.isRegularFile(shard)) {
        return opener.open(shard);
      }
    } catch (InvalidPathException e) {
      // no file can be called that
    }
    throw new FormatException(
        index, 0, "names the file \"" + name + "\", which is not in its folder");
  }

  private static Map<String, String> weightMap(Path index, String ending) throws IOException {
    if (Files.size(index) > MOST_BYTES) {
      throw new FormatException(index, MOST_BYTES, "too large for an index");
    }
    JsonNode map = JsonFile.read(JSON, index).path("weight_map");
    if (!map.isObject()) {
      throw new FormatException(index, 0, "the index has no object \"weight_map\"");
    }
    Map<String, String> places = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : map.properties()) {
      String name = entry.getValue().asText();
      if (!entry.getValue().isTextual() || !plainName(name, ending)) {
        throw new FormatException(
            index, 0, "tensor \"" + entry.getKey() + "\" is not in a file of this folder");
      }
      places.put(entry.getKey(), name);
    }
    return places;
  }

  /** Whether a name stays in its folder on every system. */
  private static boolean plainName(String name, String ending) {
    return name.endsWith(ending)
        && name.chars().noneMatch(c -> c == '/' || c == '\\' || c == ':' || c < ' ');
  }

  @Override
  public Path path() {
    return path;
  }

  @Override
  public SequencedSet<String> names() {
    return Collections.unmodifiableSequencedSet(homes.sequencedKeySet());
  }

  @Override
  public TensorInfo info(String name) {
    return home(name).info(name);
  }

  @Override
  public boolean readable(String name) {
    return home(name).readable(name);
  }

  @Override
  public Tensor tensor(String name) {
    return home(name).tensor(name);
  }

  /** The shard that holds a tensor. */
  public TensorSource home(String name) {
    TensorSource shard = homes.get(name);
    if (shard == null) {
      throw new IllegalArgumentException(path + ": no tensor \"" + name + "\"");
    }
    return shard;
  }

  @Override
  public void close() {
    shards.forEach(TensorSource::close);
  }
}
