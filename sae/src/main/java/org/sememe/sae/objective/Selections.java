package org.sememe.sae.objective;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Choices of latents as masks {@code [n, F]} of 0 and 1, through which no gradient passes. */
final class Selections {
  private Selections() {}

  /** The k largest of each row. */
  static Tensor largest(Tensor values, long k) {
    Tensor plain = values.detach();
    return mark(plain, torch.topk(plain, Math.min(k, plain.size(1)), 1, true, false).get1());
  }

  /** The {@code count} largest of all. */
  static Tensor largestOfAll(Tensor values, long count) {
    Tensor flat = values.detach().reshape(1, -1);
    return largest(flat, count).view_as(values);
  }

  /** The largest of each of k groups of neighbouring latents. */
  static Tensor largestOfGroups(Tensor values, int k) {
    long latents = values.size(1);
    if (latents % k != 0) {
      throw new IllegalArgumentException(
          "%d latents cannot be cut into %d equal groups: choose a multiple".formatted(latents, k));
    }
    Tensor groups = values.detach().reshape(values.size(0) * k, latents / k);
    return largest(groups, 1).view_as(values);
  }

  private static Tensor mark(Tensor like, Tensor chosen) {
    return torch.zeros_like(like).scatter(1, chosen, new Scalar(1.0));
  }
}
