package org.sememe.tensors.pickle;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedSet;
import org.bytedeco.pytorch.Tensor;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.MappedFile;
import org.sememe.tensors.TensorInfo;
import org.sememe.tensors.TensorSource;
import org.sememe.tensors.archive.StoredTensor;
import org.sememe.tensors.archive.ZipArchive;
import org.sememe.tensors.pickle.PickleValue.Dict;
import org.sememe.tensors.pickle.PickleValue.TensorValue;

/**
 * A mapped file of torch.save (old or new format), or a plain pickle. Nothing in it is run; it is
 * all checked when it is opened, checksums too, for which it is read once.
 *
 * <p>{@link #root} is the object. Its tensors have names: the path to them, joined by dots, such as
 * {@code W_enc} or {@code state_dict.encoder.weight} or {@code optimizer.state.0.exp_avg}; the same
 * tensor may have several. Tensors come row-major, whatever their strides in the file.
 */
public final class TorchFile implements TensorSource {
  private final MappedFile file;
  private final TorchContents contents;
  private final LinkedHashMap<String, TensorValue> tensors;

  private TorchFile(
      MappedFile file, TorchContents contents, LinkedHashMap<String, TensorValue> tensors) {
    this.file = file;
    this.contents = contents;
    this.tensors = tensors;
  }

  /**
   * Opens a checkpoint: a file whose object is a dictionary.
   *
   * @throws FormatException if it is damaged, asks for anything but tensors and plain data, or is
   *     no dictionary
   */
  public static TorchFile open(Path path) throws IOException {
    TorchFile file = openAny(path);
    if (file.root() instanceof Dict) {
      return file;
    }
    try (file) {
      throw new FormatException(
          path, 0, "the object is " + file.root().kind() + ", where a checkpoint is a dictionary");
    }
  }

  /**
   * Opens a file whose object may be anything; a lone tensor has the empty name.
   *
   * @throws FormatException if it is damaged or asks for anything but tensors and plain data
   */
  public static TorchFile openAny(Path path) throws IOException {
    MappedFile file = MappedFile.open(path);
    try {
      TorchContents contents =
          ZipArchive.starts(file) ? TorchZip.read(file) : TorchLegacy.read(file);
      return new TorchFile(file, contents, TensorNames.of(file, contents));
    } catch (Throwable problem) {
      file.close();
      throw problem;
    }
  }

  @Override
  public Path path() {
    return file.path();
  }

  /** The object. */
  public PickleValue root() {
    return contents.root();
  }

  @Override
  public SequencedSet<String> names() {
    return Collections.unmodifiableSequencedSet(tensors.sequencedKeySet());
  }

  /** As the interface says; of a deflated or strided tensor, where its storage's values start. */
  @Override
  public TensorInfo info(String name) {
    return stored(value(name)).info(name);
  }

  @Override
  public boolean readable(String name) {
    return value(name).type().scalarType().isPresent();
  }

  @Override
  public Tensor tensor(String name) {
    return tensor(value(name));
  }

  /** A tensor of this file's object, as {@link #tensor(String)}. */
  public Tensor tensor(TensorValue tensor) {
    try {
      return stored(tensor).read();
    } catch (UnsupportedOperationException e) {
      throw new UnsupportedOperationException(path() + ": " + e.getMessage(), e);
    }
  }

  private TensorValue value(String name) {
    TensorValue tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException(path() + ": no tensor \"" + name + "\"");
    }
    return tensor;
  }

  private StoredTensor stored(TensorValue tensor) {
    return new StoredTensor(
        tensor.type(),
        tensor.layout(),
        contents.order(),
        contents.storages().get(tensor.storage().key()));
  }

  @Override
  public void close() {
    file.close();
  }
}
