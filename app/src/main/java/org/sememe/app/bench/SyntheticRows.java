package org.sememe.app.bench;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;
import org.sememe.training.BatchSource;

/**
 * Rows with the spectrum of real ones: variances that fall as 1 / i^{@value #DECAY} along
 * directions in a random orientation, around a mean that has as much squared norm as they have
 * together; the whole is scaled to a mean squared norm of 1. Measured once, by hand, on SmolLM2's
 * residual stream after block 9: the mean has 0.498 of the squared norm, and the exponent is 1.0
 * over the first 64 directions and 1.24 over directions 8 to 400.
 */
final class SyntheticRows implements BatchSource {
  static final String WHAT =
      "synthetic: Gaussian, variances 1/i^1.1 in a random orientation, around a mean of equal norm";

  private static final double DECAY = 1.1;

  private final int width;
  private final RandomStream random;
  private final Tensor directions;
  private final Tensor mean;
  private long position;

  SyntheticRows(long seed, int width) {
    this.width = width;
    this.random = RandomStream.of(seed);
    try (PointerScope scope = new PointerScope()) {
      Tensor noise = normal(random.stream("directions"), width, width);
      Tensor orthogonal = torch.linalg_qr(noise).get0();
      float[] deviations = new float[width];
      double sum = 0;
      for (int i = 0; i < width; i++) {
        sum += Math.pow(i + 1, -DECAY);
      }
      for (int i = 0; i < width; i++) {
        deviations[i] = (float) Math.sqrt(Math.pow(i + 1, -DECAY) / sum / 2);
      }
      this.directions =
          TensorMemory.floats(deviations, width, 1).mul(orthogonal.contiguous()).contiguous();
      directions.retainReference();
      Tensor point = normal(random.stream("mean"), width);
      this.mean = point.div(point.square().sum().mul(new Scalar(2)).sqrt());
      mean.retainReference();
    }
  }

  private static Tensor normal(RandomStream stream, long... shape) {
    Tensor tensor = TensorMemory.empty(ScalarType.Float, shape);
    stream.fillNormal(TensorMemory.segment(tensor), 1);
    return tensor;
  }

  @Override
  public int width() {
    return width;
  }

  @Override
  public boolean next(MemorySegment rows) {
    long n = rows.byteSize() / ((long) width * ValueLayout.JAVA_FLOAT.byteSize());
    try (PointerScope scope = new PointerScope()) {
      Tensor weights = normal(random.stream(position), n, width);
      Tensor out = TensorMemory.tensor(rows, ScalarType.Float, n, width);
      out.copy_(weights.matmul(directions).add(mean));
    }
    position += n;
    return true;
  }

  @Override
  public long position() {
    return position;
  }

  @Override
  public void seek(long wanted) {
    position = wanted;
  }

  @Override
  public void close() {
    directions.close();
    mean.close();
  }
}
