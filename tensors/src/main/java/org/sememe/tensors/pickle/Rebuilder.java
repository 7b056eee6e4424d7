package org.sememe.tensors.pickle;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SequencedMap;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.TensorType;
import org.sememe.tensors.archive.Allowance;
import org.sememe.tensors.archive.Layout;
import org.sememe.tensors.pickle.PickleValue.Binary;
import org.sememe.tensors.pickle.PickleValue.Bool;
import org.sememe.tensors.pickle.PickleValue.Dict;
import org.sememe.tensors.pickle.PickleValue.Items;
import org.sememe.tensors.pickle.PickleValue.Name;
import org.sememe.tensors.pickle.PickleValue.None;
import org.sememe.tensors.pickle.PickleValue.Storage;
import org.sememe.tensors.pickle.PickleValue.TensorValue;
import org.sememe.tensors.pickle.PickleValue.Text;

/** Does what the few allowed functions and persistent ids of torch stand for. */
final class Rebuilder {
  private static final int STORAGE_PARTS = 5;
  private static final int LEGACY_STORAGE_PARTS = 6;

  private final PickleCursor cursor;
  private final Allowance allowance;
  private final SequencedMap<String, Storage> storages = new LinkedHashMap<>();

  Rebuilder(PickleCursor cursor, Allowance allowance) {
    this.cursor = cursor;
    this.allowance = allowance;
  }

  /** The storages that were named, by key. */
  SequencedMap<String, Storage> storages() {
    return storages;
  }

  /** What a call gives. */
  PickleValue call(PickleValue function, PickleValue arguments) throws FormatException {
    if (!(function instanceof Name(String name))) {
      throw cursor.problem("a call of " + function.kind() + ", which is no function");
    }
    List<PickleValue> given =
        arguments
            .items()
            .orElseThrow(() -> cursor.problem("a call of " + name + " without a tuple"));
    Optional<PickleValue> result =
        switch (name) {
          case Globals.ORDERED_DICT -> given.isEmpty() ? Optional.of(new Dict(true)) : none();
          case Globals.TENSOR, Globals.TENSOR_2, Globals.TENSOR_3 -> tensor(name, given);
          case Globals.PARAMETER -> parameter(given);
          case Globals.ENCODE -> encode(given);
          case Globals.BYTES, Globals.BYTES_2 ->
              given.isEmpty() ? Optional.of(new Binary(ByteBuffer.allocate(0))) : none();
          case Globals.SIZE ->
              given.size() == 1 ? sizes(given.getFirst()).map(_ -> given.getFirst()) : none();
          case Globals.DEVICE -> device(given);
          default -> none();
        };
    return result.orElseThrow(
        () -> cursor.problem(name + " is not called with these " + given.size() + " arguments"));
  }

  private static Optional<PickleValue> none() {
    return Optional.empty();
  }

  /** Bytes, as protocol 2 writes them: text of which each character is a byte. */
  private Optional<PickleValue> encode(List<PickleValue> given) {
    if (given.size() == 2
        && given.getFirst() instanceof Text(String text)
        && given.getLast().equals(new Text("latin1"))
        && text.chars().allMatch(c -> c < 256)) {
      byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
      return Optional.of(new Binary(ByteBuffer.wrap(bytes)));
    }
    return Optional.empty();
  }

  private static Optional<PickleValue> device(List<PickleValue> given) {
    if (given.size() == 1 && given.getFirst() instanceof Text device) {
      return Optional.of(device);
    }
    if (given.size() == 2
        && given.getFirst() instanceof Text(String kind)
        && given.getLast().integer().isPresent()) {
      return Optional.of(new Text(kind + ":" + given.getLast().integer().getAsLong()));
    }
    return Optional.empty();
  }

  private static Optional<PickleValue> parameter(List<PickleValue> given) {
    if (given.size() == 3
        && given.getFirst() instanceof TensorValue tensor
        && given.get(1) instanceof Bool
        && noHooks(given.get(2))) {
      return Optional.of(new TensorValue(tensor.storage(), tensor.type(), tensor.layout(), true));
    }
    return Optional.empty();
  }

  private static boolean noHooks(PickleValue hooks) {
    return hooks instanceof None || hooks instanceof Dict dict && dict.entries().isEmpty();
  }

  /** Storage, offset, sizes, strides, then (v2) requires_grad and hooks, then (v3) the dtype. */
  private Optional<PickleValue> tensor(String function, List<PickleValue> given)
      throws FormatException {
    int least =
        switch (function) {
          case Globals.TENSOR -> 4;
          case Globals.TENSOR_2 -> 6;
          default -> 7;
        };
    if (given.size() < least
        || given.size() > least + (least == 4 ? 0 : 1)
        || !(given.getFirst() instanceof Storage storage)
        || least > 4 && (!(given.get(4) instanceof Bool) || !noHooks(given.get(5)))) {
      return Optional.empty();
    }
    TensorType type = storage.type();
    if (least == 7) {
      Optional<TensorType> dtype =
          given.get(6) instanceof Name(String name) ? Globals.dtype(name) : Optional.empty();
      if (dtype.isEmpty() || type != TensorType.U8) {
        return Optional.empty();
      }
      type = dtype.get();
    }
    OptionalLong offset = given.get(1).integer();
    Optional<List<Long>> shape = sizes(given.get(2));
    Optional<List<Long>> strides = sizes(given.get(3));
    if (offset.isEmpty() || shape.isEmpty() || strides.isEmpty()) {
      return Optional.empty();
    }
    Layout layout = new Layout(shape.get(), strides.get(), offset.getAsLong());
    long stored = storage.values() * storage.type().blockBytes() / type.blockBytes();
    Optional<String> problem = layout.problem(stored, type.blockBytes());
    if (problem.isPresent()) {
      throw cursor.problem("tensor of storage \"" + storage.key() + "\": " + problem.get());
    }
    allowance.take(
        layout.values() * type.blockBytes(), cursor.inFile(cursor.position()), "a tensor");
    return Optional.of(new TensorValue(storage, type, layout, false));
  }

  private static Optional<List<Long>> sizes(PickleValue value) {
    if (!(value instanceof Items items)) {
      return Optional.empty();
    }
    List<Long> sizes = new ArrayList<>(items.values().size());
    for (PickleValue size : items.values()) {
      OptionalLong number = size.integer();
      if (number.isEmpty()) {
        return Optional.empty();
      }
      sizes.add(number.getAsLong());
    }
    return Optional.of(sizes);
  }

  /**
   * The storage that a persistent id names: {@code ("storage", class, key, location, values)}; the
   * location is where it was computed and means nothing here. Old files add a view, which is None.
   */
  Storage storage(PickleValue id) throws FormatException {
    List<PickleValue> parts =
        id.items().orElseThrow(() -> cursor.problem("a persistent id that is no tuple"));
    if (parts.size() < STORAGE_PARTS
        || parts.size() > LEGACY_STORAGE_PARTS
        || !parts.getFirst().equals(new Text("storage"))
        || !(parts.get(1) instanceof Name(String name))
        || !(parts.get(2) instanceof Text(String key))
        || !(parts.get(3) instanceof Text)
        || parts.get(4).integer().isEmpty()
        || parts.size() == LEGACY_STORAGE_PARTS && !(parts.getLast() instanceof None)) {
      throw cursor.problem("a persistent id that names no storage as torch does");
    }
    TensorType type =
        Globals.storage(name).orElseThrow(() -> cursor.problem(name + " is no class of storages"));
    long values = parts.get(4).integer().getAsLong();
    if (values < 0 || values > Long.MAX_VALUE / type.blockBytes()) {
      throw cursor.problem("storage \"" + key + "\" of " + values + " values");
    }
    Storage storage = new Storage(key, type, values);
    Storage known = storages.putIfAbsent(key, storage);
    if (known != null && !known.equals(storage)) {
      throw cursor.problem(
          "storage \""
              + key
              + "\" is once "
              + known.values()
              + " values of "
              + known.type()
              + " and once "
              + values
              + " of "
              + type);
    }
    return known == null ? storage : known;
  }
}
