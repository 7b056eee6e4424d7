package org.sememe.diffusion.distillation;

import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;
import org.bytedeco.pytorch.Tensor;

/** A small discriminator over one tap of the feature network; the only part of it that learns. */
public interface Head {
  /**
   * What a head is told.
   *
   * @param text embedding of the label or caption, {@code [samples, width]}
   * @param image embedding of the real picture, {@code [samples, width]}
   */
  record Condition(Optional<Tensor> text, Optional<Tensor> image) {}

  /** How real each position looks, {@code [samples, positions]}, line by line. */
  Tensor logits(Tensor features, Condition condition);

  /** What learns, by name; the head's own. */
  SequencedMap<String, Tensor> parameters();

  /** What forwards turn in place beside the parameters, by name; a checkpoint keeps it. */
  default SequencedMap<String, Tensor> vectors() {
    return new LinkedHashMap<>();
  }
}
