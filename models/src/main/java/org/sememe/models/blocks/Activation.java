package org.sememe.models.blocks;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** The function between the two matrices of an MLP. */
public enum Activation {
  /** {@code x * sigmoid(x)}. */
  SILU,
  /** {@code x * Phi(x)}, by the error function. */
  GELU,
  /** GELU's approximation by a hyperbolic tangent. */
  GELU_TANH,
  /** GELU's approximation {@code x * sigmoid(1.702 x)}. */
  QUICK_GELU,
  /** {@code max(0, x)}. */
  RELU;

  private static final double QUICK_SLOPE = 1.702;

  /**
   * The function of a Hugging Face name.
   *
   * @throws IllegalArgumentException for one that is not known
   */
  public static Activation named(String name) {
    return switch (name) {
      case "silu", "swish" -> SILU;
      case "gelu" -> GELU;
      case "gelu_new", "gelu_pytorch_tanh", "gelu_fast" -> GELU_TANH;
      case "quick_gelu" -> QUICK_GELU;
      case "relu" -> RELU;
      default -> throw new IllegalArgumentException("activation '" + name + "' is not known");
    };
  }

  /** Applied to every value; a new tensor in the current scope. */
  public Tensor apply(Tensor x) {
    return switch (this) {
      case SILU -> torch.silu(x);
      case GELU -> torch.gelu(x, "none");
      case GELU_TANH -> torch.gelu(x, "tanh");
      case QUICK_GELU -> x.mul(x.mul(new Scalar(QUICK_SLOPE)).sigmoid());
      case RELU -> torch.relu(x);
    };
  }
}
