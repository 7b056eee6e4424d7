package org.sememe.sae;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** A row's latents in {@link Sparsity.MatchingPursuit}: what is chosen is never fitted again. */
final class GreedySupport extends Support {
  private final boolean stopOnRepeat;
  private float[] values = new float[8];

  GreedySupport(MemorySegment decoder, MemorySegment residual, double least, boolean stopOnRepeat) {
    super(decoder, residual, least);
    this.stopOnRepeat = stopOnRepeat;
  }

  @Override
  void take(int latent, float product) {
    int place = place(latent);
    if (place < 0) {
      place = add(latent);
      if (place == values.length) {
        values = Arrays.copyOf(values, 2 * place);
      }
    } else if (stopOnRepeat) {
      stop(); // SAELens adds the share of the repeated latent all the same
    }
    values[place] += product;
    for (int i = 0; i < width(); i++) {
      setResidual(i, residual(i) - product * decoder(latent, i));
    }
    stopIfLittleIsLeft();
  }

  @Override
  double value(int place) {
    return values[place];
  }
}
