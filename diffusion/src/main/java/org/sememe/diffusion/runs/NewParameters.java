package org.sememe.diffusion.runs;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.models.unet.ParameterSource;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;

/**
 * A beginning for a network of pictures: weights even over {@code 1 / sqrt(inputs)} both ways, as
 * libtorch's layers begin; norms do nothing; embeddings are normal; the last convolution is 0, so
 * that a network first predicts the mean (Ho et al. 2020). A parameter depends on the seed and its
 * path alone.
 */
public final class NewParameters implements ParameterSource {
  private final RandomStream random;
  private long inputs = 1;

  /** The beginning of a seed. */
  public NewParameters(long seed) {
    this.random = RandomStream.of(seed).stream("parameters");
  }

  @Override
  public Tensor parameter(String path, long... shape) {
    Tensor made = TensorMemory.empty(ScalarType.Float, shape);
    made.retainReference();
    MemorySegment memory = TensorMemory.segment(made);
    RandomStream own = random.stream(path);
    boolean bias = path.endsWith(".bias");
    if (path.contains("norm")) {
      constant(memory, bias ? 0 : 1);
    } else if (path.startsWith("conv_out")) {
      constant(memory, 0);
    } else if (path.equals("class_embedding.weight")) {
      own.fillNormal(memory, 1);
    } else {
      if (!bias) { // a layer's bias is asked for after its weight
        inputs = made.numel() / shape[0];
      }
      float reach = (float) (1 / Math.sqrt(inputs));
      own.fillUniform(memory, -reach, reach);
    }
    return made;
  }

  private static void constant(MemorySegment memory, float value) {
    for (long i = 0; i < memory.byteSize() / Float.BYTES; i++) {
      memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
    }
  }
}
