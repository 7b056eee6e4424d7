package org.sememe.training;

import java.util.SequencedMap;
import org.bytedeco.pytorch.Tensor;

/**
 * Everything that a step changes, and so everything of the model that a checkpoint keeps. Owns its
 * tensors; one thread at a time.
 *
 * <p>Tensors by name, all contiguous on the CPU: {@code W_enc}, {@code W_dec} fp32 {@code [latents,
 * d]}, {@code b_enc [latents]}, {@code b_dec [d]}, Adam's moments {@code NAME.exp_avg} and {@code
 * NAME.exp_avg_sq} of each, {@code tokens_since_fired} int64 {@code [latents]}, {@code threshold}
 * and {@code step} (float64 and int64 scalars).
 */
public interface TrainState extends AutoCloseable {
  /** The live tensors by name: reading them is a snapshot, copying into them restores one. */
  SequencedMap<String, Tensor> tensors();

  /** Steps done. */
  long step();

  @Override
  void close();
}
