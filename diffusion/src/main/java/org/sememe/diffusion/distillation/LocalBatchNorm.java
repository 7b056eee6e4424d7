package org.sememe.diffusion.distillation;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;

/**
 * A batch norm whose statistics are of few consecutive samples and all their positions, as in
 * StyleGAN-T's heads: what a head says of a sample depends on its neighbours, so that it sees
 * whether they are alike.
 *
 * @param together samples of a group, at least 2; a batch is whole groups, or equal smaller ones
 */
record LocalBatchNorm(int together) {
  private static final double EPS = 1e-5;

  LocalBatchNorm {
    if (together < 2) {
      throw new IllegalArgumentException("a batch norm over " + together + " samples: need 2");
    }
  }

  /** Of {@code [samples, channels, ...]}, with a factor and a summand a channel. */
  Tensor normed(Tensor x, Tensor weight, Tensor bias) {
    long samples = x.size(0);
    long groups = Math.ceilDiv(samples, together);
    if (samples % groups != 0) {
      throw new IllegalArgumentException(
          "a batch of " + samples + " is not " + groups + " equal groups for the batch norm");
    }
    Tensor grouped = x.reshape(groups, samples / groups, x.size(1), -1);
    Tensor centred = grouped.sub(mean(grouped));
    Tensor variance = mean(centred.mul(centred)).add(new Scalar(EPS));
    Tensor scaled = centred.div(variance.sqrt()).mul(weight.unsqueeze(1)).add(bias.unsqueeze(1));
    return scaled.reshape(x.sizes());
  }

  private static Tensor mean(Tensor grouped) {
    return grouped.mean(new long[] {1, 3}, true, new ScalarTypeOptional());
  }
}
