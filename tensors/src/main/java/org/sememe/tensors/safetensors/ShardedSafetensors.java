package org.sememe.tensors.safetensors;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.ShardedTensors;

/** Opens safetensors files that {@code *.safetensors.index.json} binds together. */
public final class ShardedSafetensors {
  private static final String ENDING = ".safetensors";
  private static final String INDEX = ".safetensors.index.json";

  private ShardedSafetensors() {}

  /**
   * Opens an index file, or a folder that holds one index or, without any, one safetensors file.
   *
   * @throws FormatException if the index is damaged, names a file outside its folder, or a shard
   *     lacks a tensor that the index puts there
   */
  public static ShardedTensors open(Path indexOrFolder) throws IOException {
    if (!Files.isDirectory(indexOrFolder)) {
      return openIndex(indexOrFolder);
    }
    List<Path> indexes = endingWith(indexOrFolder, INDEX);
    if (indexes.size() == 1) {
      return openIndex(indexes.getFirst());
    }
    List<Path> files = endingWith(indexOrFolder, ENDING);
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
    return ShardedTensors.single(indexOrFolder, SafetensorsFile.open(files.getFirst()));
  }

  private static ShardedTensors openIndex(Path index) throws IOException {
    return ShardedTensors.open(index, ENDING, SafetensorsFile::open);
  }

  private static List<Path> endingWith(Path folder, String end) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.getFileName().toString().endsWith(end)).sorted().toList();
    }
  }
}
