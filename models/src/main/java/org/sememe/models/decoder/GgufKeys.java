package org.sememe.models.decoder;

import java.io.IOException;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.bytedeco.javacpp.PointerScope;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.TensorInfo;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.gguf.GgufFile;

/**
 * The options of a GGUF file that stand under its architecture's name.
 *
 * @param architecture what its keys begin with
 */
record GgufKeys(GgufFile file, String architecture) {
  private static final int MOST_FACTORS = 1 << 16;

  /** A text. */
  String text(String key, String otherwise) {
    return file.metadata().string(full(key)).orElse(otherwise);
  }

  /** A truth value. */
  boolean flag(String key, boolean otherwise) {
    return file.metadata().bool(full(key)).orElse(otherwise);
  }

  /**
   * A whole number.
   *
   * @throws FormatException if there is none
   */
  int whole(String key) throws IOException {
    OptionalInt found = find(key);
    if (found.isEmpty()) {
      throw new FormatException(file.path(), 0, "no whole number " + full(key));
    }
    return found.getAsInt();
  }

  /** A whole number, or another one. */
  int whole(String key, int otherwise) {
    return find(key).orElse(otherwise);
  }

  /** A whole number, where the file has it. */
  OptionalInt find(String key) {
    OptionalLong value = file.metadata().integer(full(key));
    if (value.isEmpty()) {
      return OptionalInt.empty();
    }
    if (value.getAsLong() != (int) value.getAsLong()) {
      throw new IllegalArgumentException(full(key) + " is " + value.getAsLong());
    }
    return OptionalInt.of((int) value.getAsLong());
  }

  /** A number, where the file has it. */
  OptionalDouble number(String key) {
    return file.metadata().number(full(key));
  }

  /** Whether the file has a value of any kind. */
  boolean has(String key) {
    return file.metadata().value(full(key)).isPresent();
  }

  /** Whether the file has a tensor. */
  boolean hasTensor(String name) {
    return file.names().contains(name);
  }

  /**
   * Factors of rotary pairs, kept as a tensor.
   *
   * @throws FormatException if one is not over 0, or there are far too many
   */
  float[] factors(String tensor) throws IOException {
    TensorInfo info = file.info(tensor);
    if (info.values() > MOST_FACTORS) {
      throw new FormatException(file.path(), info.offset(), tensor + " is too long");
    }
    float[] factors;
    try (PointerScope scope = new PointerScope()) {
      factors = TensorMemory.floats(file.floats(tensor));
    }
    for (float factor : factors) {
      if (!(factor > 0)) {
        throw new FormatException(file.path(), info.offset(), tensor + " has a factor " + factor);
      }
    }
    return factors;
  }

  /** A key as the file writes it. */
  String full(String key) {
    return architecture + "." + key;
  }
}
