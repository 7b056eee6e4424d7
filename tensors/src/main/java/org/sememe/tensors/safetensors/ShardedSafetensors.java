package org.sememe.tensors.safetensors;

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
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.JsonFile;
import org.sememe.tensors.TensorInfo;
import org.sememe.tensors.TensorSource;

/**
 * Safetensors files that hold one set of tensors together, as {@code *.safetensors.index.json} says
 * ({@code weight_map}: tensor to file name in the same folder). The shards are opened with the
 * index.
 */
public final class ShardedSafetensors implements TensorSource {
  private static final String INDEX = ".safetensors.index.json";

  /** Far over the largest that anyone writes: about 10 MB for 90,000 tensors. */
  private static final long MOST_BYTES = 1L << 26;

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private final Path path;
  private final LinkedHashMap<String, SafetensorsFile> homes;
  private final List<SafetensorsFile> shards;

  private ShardedSafetensors(
      Path path, LinkedHashMap<String, SafetensorsFile> homes, List<SafetensorsFile> shards) {
    this.path = path;
    this.homes = homes;
    this.shards = shards;
  }

  /**
   * Opens an index file, or a folder that holds one index or, without any, one safetensors file.
   *
   * @throws FormatException if the index is damaged, names a file outside its folder, or a shard
   *     lacks a tensor that the index puts there
   */
  public static ShardedSafetensors open(Path indexOrFolder) throws IOException {
    if (!Files.isDirectory(indexOrFolder)) {
      return openIndex(indexOrFolder);
    }
    List<Path> indexes = endingWith(indexOrFolder, INDEX);
    if (indexes.size() == 1) {
      return openIndex(indexes.getFirst());
    }
    List<Path> files = endingWith(indexOrFolder, ".safetensors");
    if (!indexes.isEmpty() || files.size() != 1) {
      throw new FormatException(
          indexOrFolder,
          0,
          "holds "
              + indexes.size()
              + " indexes and "
              + files.size()
              + " safetensors files: name the one to open");
    }
    SafetensorsFile only = SafetensorsFile.open(files.getFirst());
    LinkedHashMap<String, SafetensorsFile> homes = new LinkedHashMap<>();
    only.names().forEach(name -> homes.put(name, only));
    return new ShardedSafetensors(indexOrFolder, homes, List.of(only));
  }

  private static ShardedSafetensors openIndex(Path index) throws IOException {
    Map<String, String> places = weightMap(index);
    LinkedHashMap<String, SafetensorsFile> shards = new LinkedHashMap<>();
    LinkedHashMap<String, SafetensorsFile> homes = new LinkedHashMap<>();
    try {
      for (Map.Entry<String, String> place : places.entrySet()) {
        SafetensorsFile shard = shards.get(place.getValue());
        if (shard == null) {
          shard = openShard(index, place.getValue());
          shards.put(place.getValue(), shard);
        }
        if (!shard.names().contains(place.getKey())) {
          throw new FormatException(
              index, 0, "tensor \"" + place.getKey() + "\" is not in " + place.getValue());
        }
        homes.put(place.getKey(), shard);
      }
    } catch (Throwable problem) {
      shards.values().forEach(SafetensorsFile::close);
      throw problem;
    }
    return new ShardedSafetensors(index, homes, List.copyOf(shards.values()));
  }

  private static SafetensorsFile openShard(Path index, String name) throws IOException {
    try {
      Path shard = index.resolveSibling(name);
      if (Files.isRegularFile(shard)) {
        return SafetensorsFile.open(shard);
      }
    } catch (InvalidPathException e) {
      // no file can be called that
    }
    throw new FormatException(
        index, 0, "names the file \"" + name + "\", which is not in its folder");
  }

  private static Map<String, String> weightMap(Path index) throws IOException {
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
      if (!entry.getValue().isTextual() || !plainName(name)) {
        throw new FormatException(
            index, 0, "tensor \"" + entry.getKey() + "\" is not in a file of this folder");
      }
      places.put(entry.getKey(), name);
    }
    return places;
  }

  /** Whether a name stays in its folder on every system. */
  private static boolean plainName(String name) {
    return name.endsWith(".safetensors")
        && name.chars().noneMatch(c -> c == '/' || c == '\\' || c == ':' || c < ' ');
  }

  private static List<Path> endingWith(Path folder, String end) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.getFileName().toString().endsWith(end)).sorted().toList();
    }
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
  public SafetensorsFile home(String name) {
    SafetensorsFile shard = homes.get(name);
    if (shard == null) {
      throw new IllegalArgumentException(path + ": no tensor \"" + name + "\"");
    }
    return shard;
  }

  @Override
  public void close() {
    shards.forEach(SafetensorsFile::close);
  }
}
