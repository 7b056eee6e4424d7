package org.sememe.tensors.pickle;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;
import org.bytedeco.pytorch.Tensor;
import org.sememe.tensors.AtomicFile;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.archive.StoredZip;

/**
 * Writes state dicts as torch's zip files, whole or not at all: what {@code torch.load} reads with
 * {@code weights_only=True}. The same bytes for the same values.
 */
public final class TorchFileWriter {
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
          StoredZip zip = new StoredZip(out);
          zip.put(ROOT + "data.pkl", MemorySegment.ofArray(pickle));
          zip.put(ROOT + "byteorder", text("little"));
          for (int i = 0; i < storages.size(); i++) {
            zip.put(ROOT + "data/" + i, TensorMemory.segment(storages.get(i)));
          }
          zip.put(ROOT + "version", text("3\n"));
          zip.finish();
        });
  }

  private static MemorySegment text(String text) {
    return MemorySegment.ofArray(text.getBytes(StandardCharsets.US_ASCII));
  }
}
