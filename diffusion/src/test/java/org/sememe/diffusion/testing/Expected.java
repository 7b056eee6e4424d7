package org.sememe.diffusion.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SequencedSet;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.sememe.tensors.JsonFile;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.safetensors.SafetensorsFile;

/** Stored values of a case. */
public final class Expected implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final SafetensorsFile file;

  public Expected(Path path) throws IOException {
    this.file = SafetensorsFile.open(path);
  }

  /** A JSON file. */
  public static JsonNode json(Path path) throws IOException {
    return JsonFile.read(JSON, path);
  }

  /** The folders in a folder that hold {@code file}, by name. */
  public static List<Path> folders(Path parent, String file) throws IOException {
    try (Stream<Path> all = Files.list(parent)) {
      return all.filter(path -> Files.exists(path.resolve(file))).sorted().toList();
    }
  }

  public SequencedSet<String> names() {
    return file.names();
  }

  public boolean has(String name) {
    return file.names().contains(name);
  }

  public long[] shape(String name) {
    return file.info(name).shape().stream().mapToLong(Long::longValue).toArray();
  }

  /** In its stored type. */
  public Tensor tensor(String name) {
    return file.tensor(name);
  }

  public double[] doubles(String name) {
    try (PointerScope scope = new PointerScope()) {
      return TensorMemory.doubles(file.tensor(name));
    }
  }

  @Override
  public void close() {
    file.close();
  }
}
