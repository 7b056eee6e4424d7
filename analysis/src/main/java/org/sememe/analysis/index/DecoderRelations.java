package org.sememe.analysis.index;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.sememe.tensors.TensorMemory;

/**
 * What decoder directions are near to, by dense products a few hundred latents at a time: the rows
 * of another matrix that each has the largest and the smallest product with.
 */
final class DecoderRelations {
  private static final int LATENTS_AT_ONCE = 256;

  private DecoderRelations() {}

  /**
   * Rows and their products, strongest first.
   *
   * @param rows indices of rows of the other matrix
   * @param values their products
   */
  @SuppressWarnings("ArrayRecordComponent") // goes straight into the index
  record Ranked(int[] rows, float[] values) {
    /** The first {@code count} of those whose row is not {@code own}. */
    Ranked without(int own, int count) {
      List<Integer> kept = new ArrayList<>();
      for (int i = 0; i < rows.length && kept.size() < count; i++) {
        if (rows[i] != own) {
          kept.add(i);
        }
      }
      int[] others = new int[kept.size()];
      float[] products = new float[kept.size()];
      for (int i = 0; i < others.length; i++) {
        others[i] = rows[kept.get(i)];
        products[i] = values[kept.get(i)];
      }
      return new Ranked(others, products);
    }
  }

  /**
   * Decoder rows at norm 1 (a row of zeros stays).
   *
   * @param decoder {@code [latents, d]}
   * @return a new tensor in the caller's scope
   */
  static Tensor unit(Tensor decoder) {
    Tensor norms = decoder.square().sum(1).sqrt().clamp_min(new Scalar(1e-30)).unsqueeze(1);
    return decoder.div(norms);
  }

  /**
   * The {@code count} largest products of each latent, or with {@code largest} false the smallest.
   *
   * @param directions {@code [latents, d]}
   * @param others {@code [n, d]}
   * @param done hears how many latents are through
   */
  static List<Ranked> rank(
      Tensor directions, Tensor others, int count, boolean largest, LongConsumer done) {
    int latents = (int) directions.size(0);
    int kept = (int) Math.min(count, others.size(0));
    List<Ranked> all = new ArrayList<>(latents);
    for (int first = 0; first < latents; first += LATENTS_AT_ONCE) {
      int rows = Math.min(LATENTS_AT_ONCE, latents - first);
      try (PointerScope scope = new PointerScope()) {
        Tensor products = directions.narrow(0, first, rows).matmul(others.t());
        T_TensorTensor_T best = torch.topk(products, kept, 1, largest, true);
        float[] values = TensorMemory.floats(best.get0());
        long[] indices = TensorMemory.longs(best.get1());
        for (int row = 0; row < rows; row++) {
          int[] where = new int[kept];
          float[] which = new float[kept];
          for (int i = 0; i < kept; i++) {
            where[i] = (int) indices[row * kept + i];
            which[i] = values[row * kept + i];
          }
          all.add(new Ranked(where, which));
        }
      }
      done.accept(all.size());
    }
    return all;
  }
}
