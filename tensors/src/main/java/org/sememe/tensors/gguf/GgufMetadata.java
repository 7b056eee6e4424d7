package org.sememe.tensors.gguf;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.SequencedSet;

/**
 * The metadata of a GGUF file; immutable, and usable after the file is closed. The getters by type
 * are empty where the key is absent or its value is of another kind.
 */
public final class GgufMetadata {
  private final LinkedHashMap<String, GgufValue> values;

  GgufMetadata(LinkedHashMap<String, GgufValue> values) {
    this.values = values;
  }

  /** The keys, in the file's order. */
  public SequencedSet<String> keys() {
    return Collections.unmodifiableSequencedSet(values.sequencedKeySet());
  }

  /** The value of a key. */
  public Optional<GgufValue> value(String key) {
    return Optional.ofNullable(values.get(key));
  }

  /** A text. */
  public Optional<String> string(String key) {
    return values.get(key) instanceof GgufValue.Text(String text)
        ? Optional.of(text)
        : Optional.empty();
  }

  /** A whole number of any width; empty if it is over 2^63 - 1. */
  public OptionalLong integer(String key) {
    return values.get(key) instanceof GgufValue.Whole whole && fits(whole)
        ? OptionalLong.of(whole.bits())
        : OptionalLong.empty();
  }

  /** A number, whole or not. */
  public OptionalDouble number(String key) {
    return switch (values.get(key)) {
      case GgufValue.Whole whole -> OptionalDouble.of(whole.value().doubleValue());
      case GgufValue.Real real -> OptionalDouble.of(real.value());
      case null, default -> OptionalDouble.empty();
    };
  }

  /** A truth value. */
  public Optional<Boolean> bool(String key) {
    return values.get(key) instanceof GgufValue.Flag(boolean flag)
        ? Optional.of(flag)
        : Optional.empty();
  }

  /** A list of texts. */
  public Optional<List<String>> strings(String key) {
    if (!(values.get(key) instanceof GgufValue.Array array)
        || array.element() != GgufValueType.STRING) {
      return Optional.empty();
    }
    List<String> texts = new ArrayList<>(array.values().size());
    for (GgufValue value : array.values()) {
      texts.add(((GgufValue.Text) value).value());
    }
    return Optional.of(Collections.unmodifiableList(texts));
  }

  /** A list of whole numbers; empty if one is over 2^63 - 1. */
  public Optional<long[]> integers(String key) {
    if (!(values.get(key) instanceof GgufValue.Array array)) {
      return Optional.empty();
    }
    long[] numbers = new long[array.values().size()];
    int at = 0;
    for (GgufValue value : array.values()) {
      if (!(value instanceof GgufValue.Whole whole) || !fits(whole)) {
        return Optional.empty();
      }
      numbers[at++] = whole.bits();
    }
    return Optional.of(numbers);
  }

  /** A list of numbers, whole or not. */
  public Optional<double[]> numbers(String key) {
    if (!(values.get(key) instanceof GgufValue.Array array)) {
      return Optional.empty();
    }
    double[] numbers = new double[array.values().size()];
    int at = 0;
    for (GgufValue value : array.values()) {
      switch (value) {
        case GgufValue.Whole whole -> numbers[at++] = whole.value().doubleValue();
        case GgufValue.Real real -> numbers[at++] = real.value();
        default -> {
          return Optional.empty();
        }
      }
    }
    return Optional.of(numbers);
  }

  private static boolean fits(GgufValue.Whole whole) {
    return whole.type() != GgufValueType.UINT64 || whole.bits() >= 0;
  }
}
