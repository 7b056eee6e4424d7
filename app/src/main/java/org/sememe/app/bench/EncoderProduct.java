package org.sememe.app.bench;

import java.lang.foreign.MemorySegment;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;

/** The encoder's dense product alone, in one call: what no exact step can do without. */
final class EncoderProduct implements Contender {
  private final Tensor weights;
  private final Tensor out;
  private final int batch;
  private final int width;

  EncoderProduct(int batch, int width, int latents) {
    this.batch = batch;
    this.width = width;
    this.weights = TensorMemory.empty(ScalarType.Float, latents, width);
    this.out = TensorMemory.empty(ScalarType.Float, batch, latents);
    RandomStream.of(0).fillNormal(TensorMemory.segment(weights), 1);
  }

  @Override
  public void step(MemorySegment rows) {
    try (PointerScope scope = new PointerScope()) {
      Tensor x = TensorMemory.tensor(rows, ScalarType.Float, batch, width);
      torch.mm_out(out, x, weights.t());
    }
  }

  @Override
  public void close() {
    weights.close();
    out.close();
  }
}
