package org.sememe.tensors.pickle;

import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.MappedFile;
import org.sememe.tensors.archive.Allowance;
import org.sememe.tensors.archive.ByteSource;
import org.sememe.tensors.pickle.PickleMachine.Pickle;
import org.sememe.tensors.pickle.PickleValue.Bool;
import org.sememe.tensors.pickle.PickleValue.Int;
import org.sememe.tensors.pickle.PickleValue.Storage;

/**
 * torch.save before 1.6: five pickles (a magic number, a protocol, what the machine was like, the
 * object, the keys of the storages), then each storage: its number of values and its bytes. A
 * pickle without the magic number is a plain one, with no tensors.
 */
final class TorchLegacy {
  private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
  private static final long PROTOCOL = 1_001;
  private static final int PICKLE_BYTE = 0x80;
  private static final long MOST_PICKLE_BYTES = 32L << 20;

  private final MappedFile file;
  private final PickleCursor cursor;

  private TorchLegacy(MappedFile file) {
    this.file = file;
    this.cursor = new PickleCursor(file.path(), 0, file.memory());
  }

  static TorchContents read(MappedFile file) throws FormatException {
    return new TorchLegacy(file).contents();
  }

  private TorchContents contents() throws FormatException {
    requirePickle();
    Pickle start = run();
    PickleValue first = start.root();
    if (!(first instanceof Int)) {
      return plain(start);
    }
    if (!first.equals(new Int(MAGIC))) {
      throw new FormatException(
          file.path(), 0, "the magic number of old torch files is another; not a torch checkpoint");
    }
    PickleValue protocol = run().root();
    if (protocol.integer().orElse(0) != PROTOCOL) {
      throw cursor.problem("the protocol of old torch files is " + PROTOCOL + ", not this");
    }
    PickleValue little =
        run()
            .root()
            .dict()
            .flatMap(system -> system.get("little_endian"))
            .orElseThrow(() -> cursor.problem("no little_endian in the system's description"));
    if (!little.equals(new Bool(true))) {
      throw cursor.problem("an old torch file of a big-endian machine: save it again with torch 2");
    }
    long before = cursor.position();
    Pickle object = run();
    long length = cursor.position() - before;
    return new TorchContents(object.root(), storages(object), ByteOrder.LITTLE_ENDIAN, length);
  }

  private void requirePickle() throws FormatException {
    if (file.size() == 0) {
      throw new FormatException(file.path(), 0, "an empty file; fetch it again");
    }
    int first = cursor.window(1).u8("its first byte");
    if (first != PICKLE_BYTE) {
      throw new FormatException(
          file.path(),
          0,
          "neither a zip archive nor a pickle of protocol 2 or newer (first byte 0x%02x%s)"
              .formatted(first, guess(first)));
    }
  }

  private static String guess(int first) {
    return switch (first) {
      case '<' -> ", a web page?";
      case 0x1f -> ", gzip? unpack it first";
      case '{' -> ", JSON?";
      default -> "";
    };
  }

  private Pickle run() throws FormatException {
    PickleCursor window = cursor.window(MOST_PICKLE_BYTES);
    Pickle pickle = PickleMachine.run(window, Allowance.forContents(file));
    cursor.slice(window.position(), "a pickle");
    return pickle;
  }

  private TorchContents plain(Pickle pickle) throws FormatException {
    if (!pickle.storages().isEmpty()) {
      throw cursor.problem("a plain pickle with a tensor, whose values are elsewhere");
    }
    if (!cursor.atEnd()) {
      throw cursor.problem("bytes after the end of a plain pickle");
    }
    return new TorchContents(pickle.root(), Map.of(), ByteOrder.LITTLE_ENDIAN, file.size());
  }

  private Map<String, ByteSource> storages(Pickle object) throws FormatException {
    List<PickleValue> keys =
        run().root().items().orElseThrow(() -> cursor.problem("the storages' keys are no list"));
    Map<String, ByteSource> storages = new HashMap<>();
    for (PickleValue key : keys) {
      String name = key.text().orElseThrow(() -> cursor.problem("a storage's key is no text"));
      Storage storage = object.storages().get(name);
      if (storage == null) {
        throw cursor.problem("storage \"" + name + "\" is not one of the object's");
      }
      long values = cursor.int64("a storage's length");
      if (values != storage.values()) {
        throw cursor.problem(
            "storage \""
                + name
                + "\" has "
                + values
                + " values where the object says "
                + storage.values());
      }
      long offset = cursor.position();
      MemorySegment bytes =
          cursor.slice(values * storage.type().blockBytes(), "storage \"" + name + "\"");
      if (storages.put(name, ByteSource.of(bytes, offset)) != null) {
        throw cursor.problem("storage \"" + name + "\" occurs twice");
      }
    }
    if (storages.size() != object.storages().size()) {
      throw cursor.problem("a storage of the object is missing");
    }
    if (!cursor.atEnd()) {
      throw cursor.problem("bytes after the last storage");
    }
    return storages;
  }
}
