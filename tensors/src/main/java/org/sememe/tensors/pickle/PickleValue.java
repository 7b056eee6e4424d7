package org.sememe.tensors.pickle;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.SequencedMap;
import org.sememe.tensors.TensorType;
import org.sememe.tensors.archive.Layout;

/**
 * What a pickle holds; none of it does anything. Containers may be shared, nested deeply, and in a
 * hostile pickle hold themselves: {@link TorchFile} refuses the last. Cannot be changed after the
 * file was opened; thread-safe.
 */
public sealed interface PickleValue {
  /** Text. */
  record Text(String value) implements PickleValue {}

  /** A whole number of any size. */
  record Int(BigInteger value) implements PickleValue {}

  /** A floating point number. */
  record Real(double value) implements PickleValue {}

  /** True or false. */
  record Bool(boolean value) implements PickleValue {}

  /** Python's None. */
  record None() implements PickleValue {}

  /** Bytes; read-only. */
  record Binary(ByteBuffer value) implements PickleValue {
    /** A read-only view with a position of its own. */
    @Override
    public ByteBuffer value() {
      return value.asReadOnlyBuffer();
    }
  }

  /**
   * The name of a class, a function or a dtype that is known to be harmless, such as {@code
   * torch.bfloat16}.
   */
  record Name(String value) implements PickleValue {}

  /**
   * Stored values that tensors are views of.
   *
   * @param key its name in the file
   * @param type of its values; {@link TensorType#U8} for one without a type
   * @param values how many
   */
  record Storage(String key, TensorType type, long values) implements PickleValue {}

  /**
   * A tensor: a view of a storage. {@link TorchFile#tensor(TensorValue)} reads it.
   *
   * @param storage that it is a view of
   * @param type of its values
   * @param layout of its values in the storage, without a problem
   * @param parameter whether it was a {@code torch.nn.Parameter}
   */
  record TensorValue(Storage storage, TensorType type, Layout layout, boolean parameter)
      implements PickleValue {}

  /** A list, or a tuple (torch.Size too). Equal only to itself: content may be endless. */
  final class Items implements PickleValue {
    private final boolean tuple;
    private final List<PickleValue> values;

    private Items(boolean tuple, List<PickleValue> values) {
      this.tuple = tuple;
      this.values = values;
    }

    static Items list() {
      return new Items(false, new ArrayList<>(0));
    }

    static Items tuple(List<PickleValue> values) {
      return new Items(true, values);
    }

    void add(List<PickleValue> more) {
      values.addAll(more);
    }

    /** Whether it is a tuple and not a list. */
    public boolean tuple() {
      return tuple;
    }

    /** Its values; cannot be changed. */
    public List<PickleValue> values() {
      return Collections.unmodifiableList(values);
    }

    @Override
    public String toString() {
      return (tuple ? "tuple of " : "list of ") + values.size();
    }
  }

  /**
   * A dictionary in its order; keys are text, whole numbers, truth values or None. Equal only to
   * itself: content may be endless.
   */
  final class Dict implements PickleValue {
    private final boolean ordered;
    private SequencedMap<PickleValue, PickleValue> entries = Collections.emptyNavigableMap();

    Dict(boolean ordered) {
      this.ordered = ordered;
    }

    /** Whether it was an {@code OrderedDict}. */
    boolean ordered() {
      return ordered;
    }

    void put(PickleValue key, PickleValue value) {
      if (entries.isEmpty()) {
        entries = new LinkedHashMap<>(4); // many of a hostile pickle's dictionaries stay empty
      }
      entries.put(key, value);
    }

    /** Its entries; cannot be changed. */
    public SequencedMap<PickleValue, PickleValue> entries() {
      return Collections.unmodifiableSequencedMap(entries);
    }

    /** The value of a text key. */
    public Optional<PickleValue> get(String key) {
      return entries.isEmpty() // an empty map that is sorted compares keys
          ? Optional.empty()
          : Optional.ofNullable(entries.get(new Text(key)));
    }

    @Override
    public String toString() {
      return "dict of " + entries.size();
    }
  }

  /** This, if it is text. */
  default Optional<String> text() {
    return this instanceof Text(String value) ? Optional.of(value) : Optional.empty();
  }

  /** This, if it is a truth value. */
  default Optional<Boolean> bool() {
    return this instanceof Bool(boolean value) ? Optional.of(value) : Optional.empty();
  }

  /** This, if it is a whole number of 64 bits. */
  default OptionalLong integer() {
    return this instanceof Int(BigInteger value) && value.bitLength() < Long.SIZE
        ? OptionalLong.of(value.longValue())
        : OptionalLong.empty();
  }

  /** This, if it is a number, whole or not; truth values are none. */
  default OptionalDouble number() {
    return switch (this) {
      case Real(double value) -> OptionalDouble.of(value);
      case Int(BigInteger value) -> OptionalDouble.of(value.doubleValue());
      default -> OptionalDouble.empty();
    };
  }

  /** This, if it is a dictionary. */
  default Optional<Dict> dict() {
    return this instanceof Dict dict ? Optional.of(dict) : Optional.empty();
  }

  /** The values of this, if it is a list or a tuple. */
  default Optional<List<PickleValue>> items() {
    return this instanceof Items items ? Optional.of(items.values()) : Optional.empty();
  }

  /** What this is, in a word or two, for messages. */
  default String kind() {
    return switch (this) {
      case Text _ -> "text";
      case Int _ -> "a whole number";
      case Real _ -> "a number";
      case Bool _ -> "a truth value";
      case None _ -> "None";
      case Binary _ -> "bytes";
      case Name(String value) -> "the name " + value;
      case Storage _ -> "a storage";
      case TensorValue _ -> "a tensor";
      case Items items -> items.tuple() ? "a tuple" : "a list";
      case Dict _ -> "a dictionary";
    };
  }
}
