package org.sememe.tensors.safetensors;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.SequencedSet;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.MappedFile;
import org.sememe.tensors.TensorInfo;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.TensorSource;

/**
 * A mapped safetensors file. Types without a libtorch counterpart here (float8 of eight exponent
 * bits, complex) are listed, and their {@link #bytes} can be had, but are not read as tensors.
 */
public final class SafetensorsFile implements TensorSource {
  private final MappedFile file;
  private final Header header;

  private SafetensorsFile(MappedFile file, Header header) {
    this.file = file;
    this.header = header;
  }

  /**
   * Maps a file and checks its header.
   *
   * @throws FormatException if it is not a whole safetensors file
   */
  public static SafetensorsFile open(Path path) throws IOException {
    MappedFile file = MappedFile.open(path);
    try {
      return new SafetensorsFile(file, HeaderParser.parse(file));
    } catch (Throwable problem) {
      file.close();
      throw problem;
    }
  }

  @Override
  public Path path() {
    return file.path();
  }

  /** The header's free text entries, in its order. */
  public Map<String, String> metadata() {
    return Collections.unmodifiableMap(header.metadata());
  }

  @Override
  public SequencedSet<String> names() {
    return Collections.unmodifiableSequencedSet(header.tensors().sequencedKeySet());
  }

  @Override
  public TensorInfo info(String name) {
    TensorInfo info = header.tensors().get(name);
    if (info == null) {
      throw new IllegalArgumentException(path() + ": no tensor \"" + name + "\"");
    }
    return info;
  }

  @Override
  public boolean readable(String name) {
    return info(name).type().scalarType().isPresent();
  }

  /**
   * The bytes of a tensor in the mapped file, little-endian, row-major, read-only, not copied; gone
   * after {@link #close}. Other programs do not align them: read with the {@code _UNALIGNED}
   * layouts unless the file is our own.
   */
  public MemorySegment bytes(String name) {
    return file.bytes(info(name));
  }

  @Override
  public Tensor tensor(String name) {
    TensorInfo info = info(name);
    ScalarType type =
        info.type()
            .scalarType()
            .orElseThrow(
                () ->
                    new UnsupportedOperationException(
                        path()
                            + ": tensor \""
                            + name
                            + "\" is stored as "
                            + info.type()
                            + ", which cannot be computed with here"));
    return TensorMemory.copy(bytes(name), type, info.dimensions());
  }

  @Override
  public void close() {
    file.close();
  }
}
