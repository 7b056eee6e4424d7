package org.sememe.analysis.steering;

import java.util.ArrayList;
import java.util.List;

/**
 * Where two texts differ: the tokens of each that are not in their longest common subsequence.
 *
 * @param before places in the first text, ascending
 * @param after places in the second text, ascending
 */
public record Difference(List<Integer> before, List<Integer> after) {
  /**
   * The difference of two texts' tokens; time and memory grow with the product of their lengths.
   */
  public static Difference of(int[] before, int[] after) {
    int[][] common = new int[before.length + 1][after.length + 1]; // of what is left from there
    for (int i = before.length - 1; i >= 0; i--) {
      for (int j = after.length - 1; j >= 0; j--) {
        common[i][j] =
            before[i] == after[j]
                ? common[i + 1][j + 1] + 1
                : Math.max(common[i + 1][j], common[i][j + 1]);
      }
    }
    List<Integer> left = new ArrayList<>();
    List<Integer> right = new ArrayList<>();
    int i = 0;
    int j = 0;
    while (i < before.length || j < after.length) {
      if (i < before.length && j < after.length && before[i] == after[j]) {
        i++;
        j++;
      } else if (j == after.length || (i < before.length && common[i + 1][j] >= common[i][j + 1])) {
        left.add(i++);
      } else {
        right.add(j++);
      }
    }
    return new Difference(List.copyOf(left), List.copyOf(right));
  }
}
