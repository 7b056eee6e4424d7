package org.sememe.models.unet;

import org.bytedeco.pytorch.Tensor;

/** A picture's positions as rows, line by line. */
final class Positions {
  private Positions() {}

  /** {@code [samples, channels, height, width]} as {@code [samples, height * width, channels]}. */
  static Tensor rows(Tensor picture) {
    return picture.flatten(2, 3).transpose(1, 2);
  }

  /** And back. */
  static Tensor picture(Tensor rows, long height, long width) {
    return rows.transpose(1, 2).reshape(rows.size(0), rows.size(2), height, width);
  }
}
