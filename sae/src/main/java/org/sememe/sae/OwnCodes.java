package org.sememe.sae;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.sememe.kernels.SignedCodes;
import org.sememe.sae.design.CustomActivation;
import org.sememe.sae.design.Pieces;
import org.sememe.sae.objective.ParameterNames;
import org.sememe.tensors.TensorMemory;

/**
 * Encodes rows by a user's own activation, which sees pre-activations whole: some rows at a time.
 * One thread at a time.
 */
final class OwnCodes implements RowCodes {
  private static final long MOST_VALUES = 1L << 24;

  private final Sae sae;
  private final CustomActivation rule;
  private final double scale;
  private List<long[]> codes = List.of();

  /**
   * Codes by the rule that the sparsity names.
   *
   * @throws IllegalArgumentException if no jar on the class path offers it
   */
  OwnCodes(Sae sae, Sparsity.Own own) {
    this.sae = sae;
    this.rule = Pieces.here().activation(own.piece()).rule();
    this.scale = own.scale();
  }

  @Override
  public int run(Tensor input, int rows) {
    codes = new ArrayList<>(rows);
    int latents = sae.config().latents();
    int most = Math.toIntExact(Math.clamp(MOST_VALUES / latents, 1, rows));
    Map<String, Tensor> parameters =
        Map.of(
            ParameterNames.W_ENC, sae.encoder(),
            ParameterNames.B_ENC, sae.encoderBias(),
            ParameterNames.W_DEC, sae.decoder(),
            ParameterNames.B_DEC, sae.decoderBias());
    for (int from = 0; from < rows; from += most) {
      try (PointerScope scope = new PointerScope()) {
        Tensor part = input.narrow(0, from, Math.min(most, rows - from));
        Tensor values =
            torch.addmm(sae.encoderBias(), part, sae.encoder().t()).mul(new Scalar(scale));
        Tensor active = rule.activate(values, parameters).div(new Scalar(scale)).contiguous();
        if (!Arrays.equals(TensorMemory.shape(active), TensorMemory.shape(values))) {
          throw new IllegalArgumentException(
              "the activation %s made %s of pre-activations %s: it must keep their shape"
                  .formatted(
                      sae.config().sparsity(),
                      Arrays.toString(TensorMemory.shape(active)),
                      Arrays.toString(TensorMemory.shape(values))));
        }
        collect(TensorMemory.segment(active), (int) part.size(0), latents);
      }
    }
    return Math.max(1, codes.stream().mapToInt(row -> row.length).max().orElse(1));
  }

  private void collect(MemorySegment values, int rows, int latents) {
    for (int row = 0; row < rows; row++) {
      long[] found = new long[latents];
      int count = 0;
      for (int latent = 0; latent < latents; latent++) {
        float value = values.getAtIndex(ValueLayout.JAVA_FLOAT, (long) row * latents + latent);
        if (value != 0) {
          found[count++] = SignedCodes.of(value, latent);
        }
      }
      codes.add(Arrays.copyOf(found, count));
    }
  }

  @Override
  public void write(int row, int places, MemorySegment indices, MemorySegment values) {
    long[] found = codes.get(row);
    SignedCodes.write(found, found.length, row, places, indices, values, sae.config().latents());
  }

  @Override
  public void close() {
    codes = List.of();
  }
}
