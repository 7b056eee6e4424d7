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
public final class DecoderRelations {
  private static final int LATENTS_AT_ONCE = 256;

  private DecoderRelations() {}

  /**
   * Rows and their products, strongest first.
   *
   * @param rows indices of rows of the other matrix
   * @param values their products
   */
  @SuppressWarnings("ArrayRecordComponent") // goes straight into the index
  public record Ranked(int[] rows, float[] values) {
    /** The first {@code count} of those whose row is not {@code own}. */
    public Ranked without(int own, int count) {
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
  public static Tensor unit(Tensor decoder) {
    Tensor norms = decoder.square().sum(1).sqrt().clamp_min(new Scalar(1e-30)).unsqueeze(1);
    return decoder.div(norms);
  }

  /**
   * Both ends of every latent's products.
   *
   * @param largest by falling product
   * @param smallest by rising product; empty lists of it where only the largest were wanted
   */
  record Ends(List<Ranked> largest, List<Ranked> smallest) {}

  /**
   * The {@code count} largest products of each latent, or as many as there are others.
   *
   * @param directions {@code [latents, d]}
   * @param others {@code [n, d]}
   * @param done hears how many latents are through
   */
  public static List<Ranked> largest(
      Tensor directions, Tensor others, int count, LongConsumer done) {
    return rank(directions, others, count, false, done).largest();
  }

  /**
   * The {@code count} largest and the {@code count} smallest products of each latent.
   *
   * @param directions {@code [latents, d]}
   * @param others {@code [n, d]}
   * @param done hears how many latents are through
   */
  static Ends ends(Tensor directions, Tensor others, int count, LongConsumer done) {
    return rank(directions, others, count, true, done);
  }

  private static Ends rank(
      Tensor directions, Tensor others, int count, boolean smallestToo, LongConsumer done) {
    int latents = (int) directions.size(0);
    int kept = (int) Math.min(count, others.size(0));
    List<Ranked> largest = new ArrayList<>(latents);
    List<Ranked> smallest = new ArrayList<>(latents);
    for (int first = 0; first < latents; first += LATENTS_AT_ONCE) {
      int rows = Math.min(LATENTS_AT_ONCE, latents - first);
      try (PointerScope scope = new PointerScope()) {
        Tensor products = directions.narrow(0, first, rows).matmul(others.t());
        addEnd(products, kept, true, largest);
        if (smallestToo) {
          addEnd(products, kept, false, smallest);
        }
      }
      done.accept(largest.size());
    }
    return new Ends(largest, smallest);
  }

  private static void addEnd(Tensor products, int kept, boolean largest, List<Ranked> all) {
    T_TensorTensor_T best = torch.topk(products, kept, 1, largest, true);
    float[] values = TensorMemory.floats(best.get0());
    long[] indices = TensorMemory.longs(best.get1());
    for (int row = 0; row < products.size(0); row++) {
      int[] where = new int[kept];
      float[] which = new float[kept];
      for (int i = 0; i < kept; i++) {
        where[i] = (int) indices[row * kept + i];
        which[i] = values[row * kept + i];
      }
      all.add(new Ranked(where, which));
    }
  }
}
