package org.sememe.sae;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.sememe.kernels.SignedCodes;

/** The latents that a pursuit has chosen for one row, and what is left of the row. */
abstract sealed class Support permits GreedySupport, OrthogonalSupport {
  private final MemorySegment decoder;
  private final MemorySegment residual;
  private final int width;
  private final double least;
  private int[] latents = new int[8];
  private int size;
  private boolean done;

  /**
   * Nothing chosen yet.
   *
   * @param decoder {@code W_dec [latents, d]}
   * @param residual {@code [d]}, the row; kept up to date
   * @param least the norm of a residual below which a row is done
   */
  Support(MemorySegment decoder, MemorySegment residual, double least) {
    this.decoder = decoder;
    this.residual = residual;
    this.width = Math.toIntExact(residual.byteSize() / Float.BYTES);
    this.least = least;
  }

  /** Takes a latent with its product with the residual. */
  abstract void take(int latent, float product);

  /** The activation of a chosen latent. */
  abstract double value(int place);

  final boolean done() {
    return done;
  }

  final void stop() {
    done = true;
  }

  final int size() {
    return size;
  }

  final int width() {
    return width;
  }

  /** The place of a latent; -1 if it is not chosen. */
  final int place(int latent) {
    for (int place = 0; place < size; place++) {
      if (latents[place] == latent) {
        return place;
      }
    }
    return -1;
  }

  final int add(int latent) {
    if (size == latents.length) {
      latents = Arrays.copyOf(latents, 2 * size);
    }
    latents[size] = latent;
    return size++;
  }

  final int latent(int place) {
    return latents[place];
  }

  final float decoder(int latent, int i) {
    return decoder.getAtIndex(ValueLayout.JAVA_FLOAT, (long) latent * width + i);
  }

  final float residual(int i) {
    return residual.getAtIndex(ValueLayout.JAVA_FLOAT, i);
  }

  final void setResidual(int i, double value) {
    residual.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) value);
  }

  final void stopIfLittleIsLeft() {
    double squares = 0;
    for (int i = 0; i < width; i++) {
      squares += (double) residual(i) * residual(i);
    }
    done |= Math.sqrt(squares) < least;
  }

  final void write(
      int row, int places, MemorySegment indices, MemorySegment values, int allLatents) {
    long[] codes = new long[size];
    int count = 0;
    for (int place = 0; place < size; place++) {
      float value = (float) value(place);
      if (value != 0) {
        codes[count++] = SignedCodes.of(value, latents[place]);
      }
    }
    SignedCodes.write(codes, count, row, places, indices, values, allLatents);
  }
}
