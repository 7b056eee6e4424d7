package org.sememe.sae.objective;

import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.sememe.sae.design.InputNorm;

/**
 * Rows after their norm, and the way back.
 *
 * @param rows {@code [n, d]}
 * @param scale of the way back, {@code [n, 1]}
 * @param mean of the way back, {@code [n, 1]}
 */
record NormedRows(Tensor rows, Optional<Tensor> scale, Optional<Tensor> mean) {
  private static final double EPSILON = 1e-5; // on the way in alone

  static NormedRows of(InputNorm norm, Tensor x) {
    long[] across = {1};
    return switch (norm) {
      case NONE -> plain(x);
      case LAYER_NORM -> {
        Tensor mean = x.mean(across).unsqueeze(1);
        Tensor deviation = x.std(across, true, true);
        yield new NormedRows(
            x.sub(mean).div(deviation.add(new Scalar(EPSILON))),
            Optional.of(deviation),
            Optional.of(mean));
      }
      case CONSTANT_NORM -> {
        Tensor lengths = x.norm(new ScalarOptional(new Scalar(2.0)), across, true);
        Tensor scale = lengths.div(new Scalar(Math.sqrt(x.size(1))));
        Tensor safe = torch.where(scale.gt(new Scalar(0.0)), scale, torch.ones_like(scale));
        yield new NormedRows(x.div(safe), Optional.of(safe), Optional.empty());
      }
    };
  }

  static NormedRows plain(Tensor x) {
    return new NormedRows(x, Optional.empty(), Optional.empty());
  }

  /** Points back in the space of x. */
  Tensor back(Tensor points) {
    Tensor scaled = backDirections(points);
    return mean.map(scaled::add).orElse(scaled);
  }

  /** Differences of points back in the space of x. */
  Tensor backDirections(Tensor differences) {
    return scale.map(differences::mul).orElse(differences);
  }
}
