package org.sememe.analysis.planted;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.sememe.tensors.RandomStream;

/**
 * A one-to-one matching of features with latents: as many pairs as the fewer of them allow.
 *
 * @param latents each feature's latent, {@value #NONE} where it has none
 */
public record Matching(List<Integer> latents) {
  /** The latent of a feature that has none. */
  public static final int NONE = -1;

  public Matching {
    latents = List.copyOf(latents);
  }

  /**
   * The matching of the largest total score (the assignment problem, by shortest augmenting paths,
   * O(n² m)).
   *
   * @param scores {@code [features][latents]}, finite
   */
  public static Matching best(double[][] scores) {
    int rows = scores.length;
    int columns = scores[0].length;
    if (rows <= columns) {
      return new Matching(Arrays.stream(assigned(scores)).boxed().toList());
    }
    double[][] turned = new double[columns][rows];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        turned[j][i] = scores[i][j];
      }
    }
    int[] latents = new int[rows];
    Arrays.fill(latents, NONE);
    int[] features = assigned(turned);
    for (int latent = 0; latent < columns; latent++) {
      latents[features[latent]] = latent;
    }
    return new Matching(Arrays.stream(latents).boxed().toList());
  }

  /** A matching of which each is equally likely: what chance gives. */
  static Matching random(RandomStream random, int features, int latents) {
    int[] order = random.permutation(Math.max(features, latents));
    return new Matching(
        IntStream.range(0, features).mapToObj(i -> order[i] < latents ? order[i] : NONE).toList());
  }

  /** Each row's column, with no more rows than columns; column 0 and row 0 stand for "free". */
  private static int[] assigned(double[][] scores) {
    int rows = scores.length;
    int columns = scores[0].length;
    double[] rowPrice = new double[rows + 1];
    double[] columnPrice = new double[columns + 1];
    int[] rowOf = new int[columns + 1];
    int[] before = new int[columns + 1];
    for (int row = 1; row <= rows; row++) {
      rowOf[0] = row;
      int end = shortestPath(scores, rowPrice, columnPrice, rowOf, before);
      while (end != 0) {
        rowOf[end] = rowOf[before[end]];
        end = before[end];
      }
    }
    int[] columnOf = new int[rows];
    for (int column = 1; column <= columns; column++) {
      if (rowOf[column] > 0) {
        columnOf[rowOf[column] - 1] = column - 1;
      }
    }
    return columnOf;
  }

  /** Dijkstra over reduced costs, from the row at column 0 to a free column, which it returns. */
  private static int shortestPath(
      double[][] scores, double[] rowPrice, double[] columnPrice, int[] rowOf, int[] before) {
    int columns = columnPrice.length - 1;
    double[] distance = new double[columns + 1];
    Arrays.fill(distance, Double.POSITIVE_INFINITY);
    boolean[] done = new boolean[columns + 1];
    int at = 0;
    while (rowOf[at] != 0) {
      done[at] = true;
      int row = rowOf[at];
      int next = 0;
      double step = Double.POSITIVE_INFINITY;
      for (int column = 1; column <= columns; column++) {
        if (!done[column]) {
          double reduced = -scores[row - 1][column - 1] - rowPrice[row] - columnPrice[column];
          if (reduced < distance[column]) {
            distance[column] = reduced;
            before[column] = at;
          }
          if (distance[column] < step) {
            step = distance[column];
            next = column;
          }
        }
      }
      for (int column = 0; column <= columns; column++) {
        if (done[column]) {
          rowPrice[rowOf[column]] += step;
          columnPrice[column] -= step;
        } else {
          distance[column] -= step;
        }
      }
      at = next;
    }
    return at;
  }
}
