package org.sememe.models.decoder;

import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.sememe.models.blocks.AttentionMask;
import org.sememe.models.blocks.Taps;

/**
 * What all blocks of one run share.
 *
 * @param sights for each kind of attention that the model has
 * @param recording whether autograd records, so that nothing may be changed in place
 */
record Pass(List<Sight> sights, Taps taps, Optional<DecoderCache> cache, boolean recording) {
  /**
   * What attention of one kind needs to know of the batch.
   *
   * @param turns complex {@code [sequences or 1, length, 1, headWidth / 2]}: each position's rotary
   *     turn; empty if nothing is turned
   */
  record Sight(Optional<Tensor> turns, AttentionMask mask) {}
}
