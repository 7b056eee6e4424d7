package org.sememe.diffusion.pictures;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.sememe.tensors.Sha256;

/** Which pictures are trained with, and which are held out. */
public enum PictureSplit {
  TRAIN("train", "train"),
  TEST("t10k", "test");

  private static final double HELD_OUT = 0.1;

  private final String idx;
  private final String key;

  PictureSplit(String idx, String key) {
    this.idx = idx;
    this.key = key;
  }

  /** As the IDX files of MNIST are called. */
  String idx() {
    return idx;
  }

  /** As folders and columns call it. */
  String key() {
    return key;
  }

  /**
   * Where a picture belongs of which nobody says it: one in ten is held out, by the hash of its
   * name, so that it stays there whatever else is added.
   */
  static PictureSplit ofName(String name) {
    byte[] hash = Sha256.digest().digest(name.getBytes(StandardCharsets.UTF_8));
    return (ByteBuffer.wrap(hash).getLong() >>> 11) * 0x1p-53 < HELD_OUT ? TEST : TRAIN;
  }
}
