package org.sememe.tensors.gguf;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedSet;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.MappedFile;
import org.sememe.tensors.TensorInfo;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.TensorSource;

/**
 * A mapped GGUF file. Shapes are row-major, {@code [rows, columns]}: the reverse of the file's own
 * order. Read are F64, F32, F16, BF16, the signed integers, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2_K to
 * Q6_K, IQ4_NL and IQ4_XS; further types are listed only.
 *
 * <p>In files of the Llama family the rows of the query and key matrices lie in the order of
 * adjacent rotary pairs; they are returned as stored.
 */
public final class GgufFile implements TensorSource {
  private final MappedFile file;
  private final int version;
  private final GgufMetadata metadata;
  private final LinkedHashMap<String, TensorInfo> tensors;

  private GgufFile(MappedFile file, GgufParser.Contents contents) {
    this.file = file;
    this.version = contents.version();
    this.metadata = contents.metadata();
    this.tensors = contents.tensors();
  }

  /**
   * Maps a file, reads its metadata and checks the list of its tensors.
   *
   * @throws FormatException if it is not a whole GGUF file of version 2 or 3, little-endian
   */
  public static GgufFile open(Path path) throws IOException {
    MappedFile file = MappedFile.open(path);
    try {
      return new GgufFile(file, GgufParser.parse(file));
    } catch (Throwable problem) {
      file.close();
      throw problem;
    }
  }

  @Override
  public Path path() {
    return file.path();
  }

  /** The version of the format, 2 or 3. */
  public int version() {
    return version;
  }

  /** The metadata, which outlives this file. */
  public GgufMetadata metadata() {
    return metadata;
  }

  @Override
  public SequencedSet<String> names() {
    return Collections.unmodifiableSequencedSet(tensors.sequencedKeySet());
  }

  @Override
  public TensorInfo info(String name) {
    TensorInfo info = tensors.get(name);
    if (info == null) {
      throw new IllegalArgumentException(path() + ": no tensor \"" + name + "\"");
    }
    return info;
  }

  @Override
  public boolean readable(String name) {
    TensorInfo info = info(name);
    return info.type().scalarType().isPresent() || BlockDecoder.of(info.type()).isPresent();
  }

  @Override
  public Tensor tensor(String name) {
    TensorInfo info = info(name);
    Optional<ScalarType> plain = info.type().scalarType();
    if (plain.isPresent()) {
      return TensorMemory.copy(file.bytes(info), plain.get(), info.dimensions());
    }
    BlockDecoder decoder =
        BlockDecoder.of(info.type())
            .orElseThrow(
                () ->
                    new UnsupportedOperationException(
                        path()
                            + ": tensor \""
                            + name
                            + "\" is stored as "
                            + info.type()
                            + ", which is not read: take a file quantised another way"));
    Tensor tensor = TensorMemory.empty(ScalarType.Float, info.dimensions());
    new Dequantiser(info.type(), decoder)
        .dequantise(file.bytes(info), TensorMemory.segment(tensor));
    return tensor;
  }

  @Override
  public void close() {
    file.close();
  }
}
