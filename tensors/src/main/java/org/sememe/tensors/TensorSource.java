package org.sememe.tensors;

import java.nio.file.Path;
import java.util.SequencedSet;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A file (or a set of shards) of named tensors, mapped into memory. Everything that the file says
 * of itself was checked when it was opened. Reading is thread-safe; closing while another thread
 * reads makes that read throw {@link IllegalStateException}.
 *
 * <p>{@link #tensor} and {@link #floats} return tensors with memory of their own, which belong to
 * the caller's innermost {@code PointerScope}, if there is one, and live on after {@link #close}.
 * Both throw {@link IllegalArgumentException} for a name that is not there, and {@link
 * UnsupportedOperationException} for a type that is only listed ({@link #readable} says which).
 */
public interface TensorSource extends AutoCloseable {
  /** The file or folder, for messages. */
  Path path();

  /** The names, in the file's order; cannot be changed. */
  SequencedSet<String> names();

  /**
   * What the file says of a tensor.
   *
   * @throws IllegalArgumentException if there is none of that name
   */
  TensorInfo info(String name);

  /** Whether {@link #tensor} reads the type of this tensor. */
  boolean readable(String name);

  /** A tensor in its stored type; quantised ones as float32. */
  Tensor tensor(String name);

  /** A tensor as float32. */
  default Tensor floats(String name) {
    Tensor stored = tensor(name);
    if (stored.scalar_type().intern() == ScalarType.Float) {
      return stored;
    }
    try (stored) {
      return stored.to(ScalarType.Float);
    }
  }

  @Override
  void close();
}
