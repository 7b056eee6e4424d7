package org.sememe.models.decoder;

import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * What all blocks of one run share.
 *
 * @param turns complex {@code [sequences or 1, length, 1, headWidth / 2]}: each position's rotary
 *     turn
 * @param recording whether autograd records, so that nothing may be changed in place
 */
record Pass(
    Tensor turns, AttentionMask mask, Taps taps, Optional<DecoderCache> cache, boolean recording) {}
