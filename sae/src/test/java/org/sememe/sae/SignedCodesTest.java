package org.sememe.sae;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.assertj.core.data.Offset;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;

/** The sparsities beside TopK, ReLU and JumpReLU, against plain loops. */
class SignedCodesTest {
  private static final int WIDTH = 9;
  private static final int LATENTS = 40;
  private static final int ROWS = 30;
  private static final int K = 5;

  private final RandomStream random = RandomStream.of(77);

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  private List<ActiveLatents> encode(Sae sae, Tensor x) {
    float[] all = TensorMemory.floats(x);
    float[][] rows = new float[ROWS][WIDTH];
    for (int row = 0; row < ROWS; row++) {
      System.arraycopy(all, row * WIDTH, rows[row], 0, WIDTH);
    }
    return sae.encode(rows);
  }

  private Sae random(Sparsity sparsity) {
    return DenseSae.random(random, DenseSae.config(WIDTH, LATENTS, sparsity, true));
  }

  @Test
  void absTopKTakesTheLargestMagnitudesAndKeepsTheirSigns() {
    try (PointerScope scope = new PointerScope();
        Sae sae = random(new Sparsity.AbsTopK(K))) {
      Tensor x = DenseSae.eighths(random, ROWS, WIDTH);
      float[] p = TensorMemory.floats(new DenseSae(sae).preActivations(x));
      List<ActiveLatents> found = encode(sae, x);
      for (int row = 0; row < ROWS; row++) {
        int at = row * LATENTS;
        List<Integer> best = new ArrayList<>();
        for (int latent = 0; latent < LATENTS; latent++) {
          best.add(latent);
        }
        best.sort(Comparator.comparingDouble(latent -> -Math.abs(p[at + latent])));
        for (int place = 0; place < K; place++) {
          assertThat(found.get(row).latents()[place]).isEqualTo(best.get(place));
          assertThat(found.get(row).activations()[place]).isEqualTo(p[at + best.get(place)]);
        }
      }
    }
  }

  @Test
  void groupMaxTakesOneLatentOfEachGroup() {
    try (PointerScope scope = new PointerScope();
        Sae sae = random(new Sparsity.GroupMax(K))) {
      Tensor x = DenseSae.eighths(random, ROWS, WIDTH);
      float[] p = TensorMemory.floats(new DenseSae(sae).preActivations(x));
      float[] expected = new float[ROWS * LATENTS];
      for (int start = 0; start < expected.length; start += LATENTS / K) {
        int best = start;
        for (int i = start; i < start + LATENTS / K; i++) {
          best = p[i] > p[best] ? i : best;
        }
        expected[best] = Math.max(0, p[best]);
      }
      assertThat(new DenseSae(sae).dense(encode(sae, x))).isEqualTo(expected);
    }
  }

  /**
   * Least squares leaves a residual at right angles to every chosen row, and smaller than before.
   */
  @Test
  void ompFitsTheChosenRowsByLeastSquares() {
    try (PointerScope scope = new PointerScope();
        Sae sae = random(new Sparsity.Omp(K, 0))) {
      Tensor x = DenseSae.eighths(random, ROWS, WIDTH);
      Tensor recon = TensorMemory.empty(ScalarType.Float, ROWS, WIDTH);
      boolean signed = false;
      try (Encoder encoder = new Encoder(sae, ROWS)) {
        SparseCodes codes = encoder.encode(TensorMemory.segment(x), ROWS);
        encoder.decode(codes, TensorMemory.segment(recon));
        float[] products = TensorMemory.floats(x.sub(recon).matmul(sae.decoder().t()));
        for (int row = 0; row < ROWS; row++) {
          ActiveLatents active = codes.active(row);
          assertThat(active.latents()).hasSizeBetween(1, K).doesNotHaveDuplicates();
          for (int i = 0; i < active.latents().length; i++) {
            assertThat(products[row * LATENTS + active.latents()[i]])
                .isCloseTo(0, Offset.offset(1e-4f));
            signed |= active.activations()[i] < 0;
          }
        }
      }
      assertThat(signed).isTrue();
    }
  }

  @Test
  void theTokenEncoderRefusesWhatItCannotBound() {
    try (PointerScope scope = new PointerScope();
        Sae sae = random(new Sparsity.AbsTopK(K))) {
      assertThatThrownBy(sae::tokenEncoder)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("abstopk");
    }
  }
}
