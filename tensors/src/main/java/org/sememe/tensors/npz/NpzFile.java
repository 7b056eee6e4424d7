package org.sememe.tensors.npz;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedSet;
import org.bytedeco.pytorch.Tensor;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.MappedFile;
import org.sememe.tensors.TensorInfo;
import org.sememe.tensors.TensorSource;
import org.sememe.tensors.archive.Allowance;
import org.sememe.tensors.archive.ByteSource;
import org.sememe.tensors.archive.StoredTensor;
import org.sememe.tensors.archive.ZipArchive;
import org.sememe.tensors.archive.ZipMember;

/**
 * A mapped {@code .npz} file, or a {@code .npy} file, whose array has the file's name without the
 * suffix. It is all checked when it is opened, checksums too, for which it is read once. Arrays
 * come row-major and in native byte order, whatever theirs in the file. Arrays of objects, of text
 * and of records are refused.
 */
public final class NpzFile implements TensorSource {
  private static final String SUFFIX = ".npy";

  private final MappedFile file;
  private final LinkedHashMap<String, StoredTensor> arrays;

  private NpzFile(MappedFile file, LinkedHashMap<String, StoredTensor> arrays) {
    this.file = file;
    this.arrays = arrays;
  }

  /**
   * Opens a file of either kind.
   *
   * @throws FormatException if it is damaged or holds anything but arrays of numbers
   */
  public static NpzFile open(Path path) throws IOException {
    MappedFile file = MappedFile.open(path);
    try {
      return new NpzFile(file, ZipArchive.starts(file) ? archive(file) : single(file));
    } catch (Throwable problem) {
      file.close();
      throw problem;
    }
  }

  private static LinkedHashMap<String, StoredTensor> single(MappedFile file)
      throws FormatException {
    ByteSource source = ByteSource.of(file.memory(), 0);
    if (!NpyHeaderParser.starts(source)) {
      throw new FormatException(
          file.path(), 0, "neither a numpy array nor a zip archive of them; fetch it again");
    }
    LinkedHashMap<String, StoredTensor> arrays = new LinkedHashMap<>();
    arrays.put(name(file.path().getFileName().toString()), array(file, "the file", source));
    return arrays;
  }

  private static LinkedHashMap<String, StoredTensor> archive(MappedFile file)
      throws FormatException {
    ZipArchive archive = ZipArchive.open(file);
    Allowance allowance = Allowance.forContents(file);
    LinkedHashMap<String, StoredTensor> arrays = new LinkedHashMap<>();
    for (ZipMember member : archive.members().values()) {
      if (!member.folder()) {
        String name = name(member.name());
        String what = "array \"" + name + "\"";
        StoredTensor array = array(file, what, archive.content(member, allowance));
        if (arrays.putIfAbsent(name, array) != null) {
          throw new FormatException(file.path(), member.header(), what + " occurs twice");
        }
      }
    }
    return arrays;
  }

  private static String name(String file) {
    return file.endsWith(SUFFIX) ? file.substring(0, file.length() - SUFFIX.length()) : file;
  }

  private static StoredTensor array(MappedFile file, String what, ByteSource source)
      throws FormatException {
    NpyHeader header = NpyHeaderParser.parse(file.path(), what, source);
    long bytes = source.size() - header.bytes();
    int valueBytes = header.type().blockBytes();
    Optional<String> problem = header.layout().problem(bytes / valueBytes, valueBytes);
    if (problem.isPresent()) {
      throw new FormatException(file.path(), source.offset(), what + ": " + problem.get());
    }
    if (header.layout().values() * valueBytes != bytes) {
      throw new FormatException(
          file.path(),
          source.offset(),
          what
              + " has "
              + bytes
              + " bytes of values for shape "
              + header.layout().shape()
              + " of "
              + header.type());
    }
    return new StoredTensor(
        header.type(), header.layout(), header.order(), source.after(header.bytes()));
  }

  @Override
  public Path path() {
    return file.path();
  }

  @Override
  public SequencedSet<String> names() {
    return Collections.unmodifiableSequencedSet(arrays.sequencedKeySet());
  }

  /** As the interface says; of a deflated array, where its packed bytes start. */
  @Override
  public TensorInfo info(String name) {
    return array(name).info(name);
  }

  @Override
  public boolean readable(String name) {
    return array(name).type().scalarType().isPresent();
  }

  @Override
  public Tensor tensor(String name) {
    try {
      return array(name).read();
    } catch (UnsupportedOperationException e) {
      throw new UnsupportedOperationException(
          path() + ": array \"" + name + "\": " + e.getMessage(), e);
    }
  }

  private StoredTensor array(String name) {
    StoredTensor array = arrays.get(name);
    if (array == null) {
      throw new IllegalArgumentException(path() + ": no array \"" + name + "\"");
    }
    return array;
  }

  @Override
  public void close() {
    file.close();
  }
}
