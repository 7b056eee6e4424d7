package org.sememe.tensors.npz;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.tensors.AtomicFile;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.archive.StoredZip;

/**
 * Writes arrays of float32 as numpy's {@code .npz}, whole or not at all: what {@code numpy.load}
 * reads. The same bytes for the same values.
 */
public final class NpzWriter {
  /** The array begins at a multiple of it, so that it can be mapped. */
  private static final int ALIGNMENT = 64;

  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};

  private NpzWriter() {}

  /**
   * Writes {@code file}, over what was there.
   *
   * @param arrays by name: contiguous, on the CPU, float32
   * @throws IllegalArgumentException for another type
   */
  public static void write(Path file, SequencedMap<String, Tensor> arrays) throws IOException {
    AtomicFile.write(
        file,
        out -> {
          StoredZip zip = new StoredZip(out);
          for (Map.Entry<String, Tensor> array : arrays.entrySet()) {
            if (array.getValue().scalar_type().intern() != ScalarType.Float) {
              throw new IllegalArgumentException(array.getKey() + " is not of float32");
            }
            zip.put(
                array.getKey() + ".npy",
                MemorySegment.ofArray(header(TensorMemory.shape(array.getValue()))),
                TensorMemory.segment(array.getValue()));
          }
          zip.finish();
        });
  }

  /** Magic number, length of the rest, and a Python dict that is padded with spaces. */
  private static byte[] header(long[] shape) {
    String sizes = Arrays.stream(shape).mapToObj(Long::toString).collect(Collectors.joining(", "));
    String tuple = shape.length == 1 ? sizes + "," : sizes;
    String dict = "{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }".formatted(tuple);
    int before = MAGIC.length + Short.BYTES;
    int whole = Math.ceilDiv(before + dict.length() + 1, ALIGNMENT) * ALIGNMENT;
    byte[] header = Arrays.copyOf(MAGIC, whole);
    Arrays.fill(header, before, whole - 1, (byte) ' ');
    header[whole - 1] = '\n';
    header[MAGIC.length] = (byte) (whole - before);
    header[MAGIC.length + 1] = (byte) (whole - before >> Byte.SIZE);
    byte[] text = dict.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(text, 0, header, before, text.length);
    return header;
  }
}
