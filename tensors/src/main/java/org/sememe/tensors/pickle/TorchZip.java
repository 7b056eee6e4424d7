package org.sememe.tensors.pickle;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.MappedFile;
import org.sememe.tensors.archive.Allowance;
import org.sememe.tensors.archive.ByteSource;
import org.sememe.tensors.archive.ZipArchive;
import org.sememe.tensors.archive.ZipMember;
import org.sememe.tensors.pickle.PickleMachine.Pickle;
import org.sememe.tensors.pickle.PickleValue.Storage;

/**
 * torch.save since 1.6: a zip archive with one folder, in it {@code data.pkl}, the storages as
 * {@code data/KEY} and the byte order. Other members are not looked at.
 */
final class TorchZip {
  private static final String PICKLE = "data.pkl";
  private static final long MOST_PICKLE_BYTES = 32L << 20;
  private static final int MOST_ORDER_BYTES = 16;

  private final MappedFile file;
  private final ZipArchive archive;
  private final String folder;
  private final Allowance allowance;

  private TorchZip(MappedFile file, ZipArchive archive, String folder) {
    this.file = file;
    this.archive = archive;
    this.folder = folder;
    this.allowance = Allowance.forContents(file);
  }

  static TorchContents read(MappedFile file) throws FormatException {
    ZipArchive archive = ZipArchive.open(file);
    List<String> pickles =
        archive.members().keySet().stream()
            .filter(name -> name.equals(PICKLE) || name.endsWith("/" + PICKLE))
            .toList();
    if (pickles.size() != 1) {
      throw new FormatException(
          file.path(),
          0,
          "a zip archive with "
              + pickles.size()
              + " files "
              + PICKLE
              + " where torch.save writes one; not a torch checkpoint");
    }
    String pickle = pickles.getFirst();
    String folder = pickle.substring(0, pickle.length() - PICKLE.length());
    return new TorchZip(file, archive, folder).contents();
  }

  private TorchContents contents() throws FormatException {
    if (member("constants.pkl").isPresent()) {
      throw problem("a TorchScript archive, which holds code: save the state_dict() instead");
    }
    ZipMember object = member(PICKLE).orElseThrow(() -> problem("no " + PICKLE));
    if (object.size() > MOST_PICKLE_BYTES) {
      throw new FormatException(
          file.path(),
          object.header(),
          PICKLE + " of " + object.size() + " bytes; at most " + MOST_PICKLE_BYTES + " are read");
    }
    ByteOrder order = order();
    ByteSource content = archive.content(object, allowance);
    byte[] bytes = bytes(content);
    PickleCursor cursor =
        new PickleCursor(file.path(), content.offset(), MemorySegment.ofArray(bytes));
    Pickle pickle = PickleMachine.run(cursor, Allowance.forContents(file));
    Map<String, ByteSource> storages = new HashMap<>();
    for (Storage storage : pickle.storages().values()) {
      storages.put(storage.key(), storage(storage));
    }
    return new TorchContents(pickle.root(), storages, order, bytes.length);
  }

  private ByteOrder order() throws FormatException {
    Optional<ZipMember> member = member("byteorder");
    if (member.isEmpty()) {
      return ByteOrder.LITTLE_ENDIAN; // torch before 2.1 did not say
    }
    if (member.get().size() > MOST_ORDER_BYTES) {
      throw problem("byteorder of " + member.get().size() + " bytes");
    }
    String order =
        new String(bytes(archive.content(member.get(), allowance)), StandardCharsets.US_ASCII);
    return switch (order) {
      case "little" -> ByteOrder.LITTLE_ENDIAN;
      case "big" -> ByteOrder.BIG_ENDIAN;
      default -> throw problem("byteorder \"" + order + "\" is neither little nor big");
    };
  }

  private ByteSource storage(Storage storage) throws FormatException {
    ZipMember member =
        member("data/" + storage.key())
            .orElseThrow(() -> problem("no storage \"data/" + storage.key() + "\""));
    long bytes = storage.values() * storage.type().blockBytes();
    if (member.size() != bytes) {
      throw new FormatException(
          file.path(),
          member.header(),
          "storage \""
              + member.name()
              + "\" has "
              + member.size()
              + " bytes where the object says "
              + storage.values()
              + " values of "
              + storage.type());
    }
    return archive.content(member, allowance);
  }

  private Optional<ZipMember> member(String name) {
    return Optional.ofNullable(archive.members().get(folder + name));
  }

  private static byte[] bytes(ByteSource content) {
    byte[] bytes = new byte[Math.toIntExact(content.size())];
    content.copyTo(0, MemorySegment.ofArray(bytes));
    return bytes;
  }

  private FormatException problem(String problem) {
    return new FormatException(file.path(), 0, problem);
  }
}
