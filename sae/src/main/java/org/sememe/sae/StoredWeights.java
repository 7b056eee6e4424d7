package org.sememe.sae;

import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.TensorInfo;
import org.sememe.tensors.TensorSource;

/**
 * The tensors of a dictionary's file, checked as they are read: there, of the shape that was said,
 * and without NaN. Remembers which were read, so that one that nobody read is not passed over in
 * silence. The file stays the caller's. Not thread-safe.
 */
public final class StoredWeights {
  private final TensorSource file;
  private final String prefix;
  private final Set<String> names;
  private final Set<String> read = new HashSet<>();

  /** The tensors of an open file. */
  public StoredWeights(TensorSource file) {
    this(file, "");
  }

  /**
   * Those tensors of an open file whose names begin so, without that beginning.
   *
   * @param prefix such as {@code state_dict.}
   */
  public StoredWeights(TensorSource file, String prefix) {
    this.file = file;
    this.prefix = prefix;
    Set<String> own = new LinkedHashSet<>();
    for (String name : file.names()) {
      if (name.startsWith(prefix)) {
        own.add(name.substring(prefix.length()));
      }
    }
    this.names = Collections.unmodifiableSet(own);
  }

  /** The names. */
  public Set<String> names() {
    return names;
  }

  /** Whether all of these are there. */
  public boolean has(String... wanted) {
    return names.containsAll(Arrays.asList(wanted));
  }

  /**
   * The shape of a tensor.
   *
   * @throws FormatException if it is not there
   */
  public List<Long> shape(String name) throws FormatException {
    require(name);
    return info(name).shape();
  }

  /**
   * A size of a tensor of so many dimensions.
   *
   * @throws FormatException if it is not there or has another number of dimensions
   */
  public int size(String name, int dimension, int dimensions) throws FormatException {
    List<Long> shape = shape(name);
    if (shape.size() != dimensions || shape.stream().anyMatch(s -> s < 1 || s > 1 << 30)) {
      throw new FormatException(
          file.path(),
          info(name).offset(),
          "tensor \"%s\" is %s, where %d dimensions are needed".formatted(name, shape, dimensions));
    }
    return shape.get(dimension).intValue();
  }

  /**
   * A tensor as float32.
   *
   * @throws FormatException if it is not there, of another shape, or holds a NaN or an infinity
   */
  public Tensor floats(String name, long... shape) throws FormatException {
    Tensor tensor = stored(name, shape).to(ScalarType.Float).contiguous();
    if (!tensor.isfinite().all().item_bool()) {
      throw new FormatException(
          file.path(), info(name).offset(), "tensor \"" + name + "\" holds a NaN or an infinity");
    }
    return tensor;
  }

  /**
   * A tensor as it is stored, whatever its values.
   *
   * @throws FormatException if it is not there or of another shape
   */
  public Tensor stored(String name, long... shape) throws FormatException {
    require(name);
    List<Long> wanted = Arrays.stream(shape).boxed().toList();
    if (!info(name).shape().equals(wanted) || !file.readable(prefix + name)) {
      throw new FormatException(
          file.path(),
          info(name).offset(),
          "tensor \"%s\" is %s %s, where the others and the configuration say %s"
              .formatted(name, info(name).type(), info(name).shape(), wanted));
    }
    read.add(name);
    return file.tensor(prefix + name);
  }

  /**
   * Refuses the file if it holds more than was read.
   *
   * @param known names that may stand unread
   * @throws FormatException naming the first
   */
  public void requireNoOthers(Predicate<String> known) throws FormatException {
    for (String name : names) {
      if (!read.contains(name) && !known.test(name)) {
        throw new FormatException(
            file.path(),
            info(name).offset(),
            "tensor \"" + name + "\" is not known here, and may change what the dictionary does");
      }
    }
  }

  private TensorInfo info(String name) {
    return file.info(prefix + name);
  }

  private void require(String name) throws FormatException {
    if (!names.contains(name)) {
      throw new FormatException(file.path(), 0, "no tensor \"" + name + "\" in it");
    }
  }
}
