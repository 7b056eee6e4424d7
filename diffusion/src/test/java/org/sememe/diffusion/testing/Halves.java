package org.sememe.diffusion.testing;

import org.sememe.diffusion.pictures.PictureSet;
import org.sememe.tensors.RandomStream;

/** Pictures of two simple classes: 0 is bright above, 1 bright below; how bright is drawn. */
public final class Halves {
  /** Height and width. */
  public static final int SIDE = 8;

  private Halves() {}

  /** As many of each. */
  public static PictureSet pictures(int count) {
    byte[] pixels = new byte[count * SIDE * SIDE];
    int[] labels = new int[count];
    RandomStream random = RandomStream.of(1);
    for (int i = 0; i < count; i++) {
      labels[i] = i % 2;
      byte bright = (byte) (180 + random.nextInt(76));
      for (int at = 0; at < SIDE * SIDE; at++) {
        boolean above = at / SIDE < SIDE / 2;
        pixels[i * SIDE * SIDE + at] = above == (labels[i] == 0) ? bright : 20;
      }
    }
    return new PictureSet(1, SIDE, SIDE, pixels, labels);
  }
}
