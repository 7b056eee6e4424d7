package org.sememe.sae;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;
import org.sememe.tensors.testing.LeakMeter;

/** What a dictionary accepts, and that it takes its weights over. */
class SaeTest {
  private static final int WIDTH = 3;
  private static final int LATENTS = 4;

  private final RandomStream random = RandomStream.of(52);

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  private Tensor values(long... shape) {
    return DenseSae.eighths(random, shape);
  }

  private void refuse(
      String message, Sparsity sparsity, Tensor encoder, Tensor bias, Optional<Tensor> thresholds) {
    assertThatThrownBy(
            () ->
                new Sae(
                    DenseSae.config(WIDTH, LATENTS, sparsity, true),
                    encoder,
                    bias,
                    values(LATENTS, WIDTH),
                    values(WIDTH),
                    thresholds))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void weightsThatDoNotFitAreRefusedByName() {
    try (PointerScope scope = new PointerScope()) {
      Sparsity relu = new Sparsity.Relu();
      Tensor encoder = values(LATENTS, WIDTH);
      Tensor bias = values(LATENTS);
      refuse("W_enc", relu, values(WIDTH, LATENTS), bias, Optional.empty());
      refuse("W_enc", relu, values(WIDTH, LATENTS).t(), bias, Optional.empty());
      refuse("W_enc", relu, encoder.to(ScalarType.Double), bias, Optional.empty());
      refuse("b_enc", relu, encoder, values(LATENTS, 1), Optional.empty());
      refuse("jumprelu", relu, encoder, bias, Optional.of(values(LATENTS)));
      refuse("jumprelu", new Sparsity.JumpRelu(), encoder, bias, Optional.empty());
      refuse("threshold", new Sparsity.JumpRelu(), encoder, bias, Optional.of(values(LATENTS + 1)));
      refuse("k is 5 of only 4 latents", new Sparsity.TopK(5), encoder, bias, Optional.empty());
    }
    assertThatThrownBy(() -> new Sparsity.TopK(0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> DenseSae.config(0, 4, new Sparsity.Relu(), true))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void weightsOutliveTheScopeTheyWereMadeIn() {
    Sae sae;
    float[] before;
    try (PointerScope scope = new PointerScope()) {
      sae =
          DenseSae.random(
              random, DenseSae.config(WIDTH, LATENTS, new Sparsity.TopK(LATENTS), true));
      before = TensorMemory.floats(sae.encoder());
    }
    try (sae) {
      assertThat(TensorMemory.floats(sae.encoder())).isEqualTo(before);
      assertThat(sae.encode(new float[][] {new float[WIDTH]})).hasSize(1);
    }
  }

  /** A refused dictionary takes nothing over. */
  @Test
  void refusedWeightsStayTheCallers() throws Exception {
    LeakMeter.assertFlat(
        100,
        64L << 20,
        () -> {
          try (PointerScope scope = new PointerScope()) {
            refuse(
                "threshold",
                new Sparsity.JumpRelu(),
                values(LATENTS, WIDTH),
                values(LATENTS),
                Optional.of(values(LATENTS + 1)));
          }
        });
  }
}
