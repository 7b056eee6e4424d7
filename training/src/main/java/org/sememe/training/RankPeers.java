package org.sememe.training;

import java.util.Arrays;
import org.sememe.kernels.BatchTopKScan;
import org.sememe.sae.BatchPeers;
import org.sememe.training.ranks.Mesh;

/**
 * The exact selection of BatchTopK over ranks: the least value that the whole batch keeps is found
 * bit by bit from how many candidates every rank has, and of candidates at it those stay that would
 * on one rank. What is sent grows neither with the latents nor with the batch, save where
 * candidates tie at that value. One thread at a time.
 *
 * @param mesh has the batch's rows or the latents in parts
 * @param batch rows of a whole batch
 */
record RankPeers(Mesh mesh, int batch) implements BatchPeers {
  /** Bits of a positive float below its sign, in the order they are found. */
  private static final int[] WIDTHS = {11, 11, 9};

  @Override
  public int wanted(int n) {
    int rows = mesh.rows().part(batch).count();
    return Math.toIntExact((long) n / rows * batch);
  }

  @Override
  public long found(long here) {
    return (long) mesh.all().sum(here);
  }

  @Override
  public float floor(float here) {
    return (float) mesh.all().least(here);
  }

  @Override
  public float cut(BatchTopKScan scan, int rows, int n) {
    int prefix = 0;
    int shift = Integer.SIZE - 1;
    long left = n; // places for what begins with the prefix
    for (int width : WIDTHS) {
      shift -= width;
      double[] counts = new double[1 << width];
      scan.count(rows, prefix, shift, width, counts);
      double[] all = all(counts);
      int digit = all.length - 1;
      while (all[digit] < left) {
        left -= (long) all[digit--];
      }
      prefix = prefix << width | digit;
    }
    float least = Float.intBitsToFloat(prefix);
    int[] ties = ties(scan, rows, least, left);
    for (int row = 0; row < rows; row++) {
      scan.cutRow(row, least, ties[row]);
    }
    return least;
  }

  /** The sums of the ranks' counts. */
  private double[] all(double[] counts) {
    int size = mesh.all().size();
    double[] gathered = new double[size * counts.length];
    System.arraycopy(counts, 0, gathered, mesh.all().rank() * counts.length, counts.length);
    mesh.all().share(gathered, size);
    double[] sums = new double[counts.length];
    for (int i = 0; i < gathered.length; i++) {
      sums[i % counts.length] += gathered[i];
    }
    return sums;
  }

  /** How many candidates at the least value each row here keeps, of {@code left} in all. */
  private int[] ties(BatchTopKScan scan, int rows, float least, long left) {
    int[] mine = new int[rows];
    Arrays.setAll(mine, row -> scan.tied(row, least));
    if ((long) mesh.all().sum(Arrays.stream(mine).sum()) == left) {
      return mine;
    }
    int parts = mesh.latents().size();
    double[] tied = new double[parts * batch]; // by latent part, then by row of the batch
    int firstRow = mesh.rows().part(batch).from();
    int part = mesh.latents().rank();
    for (int row = 0; row < rows; row++) {
      tied[part * batch + firstRow + row] = mine[row];
    }
    mesh.rows().share(tied, batch);
    mesh.latents().share(tied, parts);
    for (int row = 0; row < batch; row++) {
      for (int other = 0; other < parts; other++) {
        int at = other * batch + row;
        tied[at] = Math.min(tied[at], left);
        left -= (long) tied[at];
      }
    }
    Arrays.setAll(mine, row -> (int) tied[part * batch + firstRow + row]);
    return mine;
  }
}
