package org.sememe.tensors.pickle;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.bytedeco.pytorch.Tensor;
import org.sememe.tensors.AtomicFile;
import org.sememe.tensors.TensorMemory;

/**
 * Writes state dicts as torch's zip files, whole or not at all: what {@code torch.load} reads with
 * {@code weights_only=True}. The same bytes for the same values.
 */
public final class TorchFileWriter {
  private static final int PIECE = 1 << 22;
  private static final String ROOT = "archive/";

  private TorchFileWriter() {}

  /**
   * Writes {@code file}, over what was there.
   *
   * @param values by name: tensors (contiguous, on the CPU), texts, whole numbers, floating
   *     numbers, truth values, and maps of such
   * @throws IllegalArgumentException for a value of another kind
   */
  public static void write(Path file, SequencedMap<String, ?> values) throws IOException {
    List<Tensor> storages = new ArrayList<>();
    byte[] pickle = new PickleWriter(storages).pickled(values);
    AtomicFile.write(
        file,
        out -> {
          ZipOutputStream zip = new ZipOutputStream(out);
          zip.setMethod(ZipOutputStream.STORED);
          put(zip, "data.pkl", MemorySegment.ofArray(pickle));
          put(zip, "byteorder", text("little"));
          for (int i = 0; i < storages.size(); i++) {
            put(zip, "data/" + i, TensorMemory.segment(storages.get(i)));
          }
          put(zip, "version", text("3\n"));
          zip.finish();
        });
  }

  private static MemorySegment text(String text) {
    return MemorySegment.ofArray(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static void put(ZipOutputStream zip, String name, MemorySegment bytes)
      throws IOException {
    CRC32 check = new CRC32();
    pieces(bytes, check::update);
    ZipEntry entry = new ZipEntry(ROOT + name);
    entry.setTimeLocal(LocalDateTime.of(1980, 1, 1, 0, 0)); // the same bytes each time
    entry.setSize(bytes.byteSize());
    entry.setCompressedSize(bytes.byteSize());
    entry.setCrc(check.getValue());
    zip.putNextEntry(entry);
    pieces(bytes, zip::write);
    zip.closeEntry();
  }

  /** What takes bytes. */
  @FunctionalInterface
  private interface Taker {
    void take(byte[] bytes) throws IOException;
  }

  private static void pieces(MemorySegment bytes, Taker taker) throws IOException {
    for (long at = 0; at < bytes.byteSize(); at += PIECE) {
      taker.take(
          bytes.asSlice(at, Math.min(PIECE, bytes.byteSize() - at)).toArray(ValueLayout.JAVA_BYTE));
    }
  }
}
