package org.sememe.models;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SequencedSet;
import org.bytedeco.javacpp.PointerScope;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.safetensors.SafetensorsFile;

/** Expected values from a safetensors file, as arrays. */
public final class FixtureTensors implements AutoCloseable {
  private final SafetensorsFile file;

  public FixtureTensors(Path path) throws IOException {
    this.file = SafetensorsFile.open(path);
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

  public float[] floats(String name) {
    try (PointerScope scope = new PointerScope()) {
      return TensorMemory.floats(file.tensor(name));
    }
  }

  public long[] longs(String name) {
    try (PointerScope scope = new PointerScope()) {
      return TensorMemory.longs(file.tensor(name));
    }
  }

  public int[] ints(String name) {
    return java.util.Arrays.stream(longs(name)).mapToInt(Math::toIntExact).toArray();
  }

  /** The real tokens of each row of ids {@code [b, t]}. */
  public List<int[]> sequences(String ids, String mask) {
    long[] shape = shape(ids);
    long[] all = longs(ids);
    long[] real = longs(mask);
    List<int[]> rows = new ArrayList<>();
    for (int row = 0; row < shape[0]; row++) {
      List<Integer> tokens = new ArrayList<>();
      for (int at = (int) (row * shape[1]); at < (row + 1) * shape[1]; at++) {
        if (real[at] != 0) {
          tokens.add((int) all[at]);
        }
      }
      rows.add(tokens.stream().mapToInt(Integer::intValue).toArray());
    }
    return rows;
  }

  @Override
  public void close() {
    file.close();
  }
}
