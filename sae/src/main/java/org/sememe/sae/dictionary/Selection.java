package org.sememe.sae.dictionary;

import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Which scores {@code [n, groups, F]} become activations: those stay, the others become 0. Each row
 * and group by itself, unless it says otherwise.
 */
public sealed interface Selection {
  /** The name in files, such as {@code topk}. */
  String key();

  /** The scores that are active, the others 0. */
  Tensor apply(Tensor scores);

  /** Latents active a row and group. */
  default OptionalDouble active() {
    return OptionalDouble.empty();
  }

  /** Whether each row is by itself. */
  default boolean rowsAlone() {
    return true;
  }

  /** Its tensors. */
  default Stream<Tensor> tensors() {
    return Stream.empty();
  }

  /** All. */
  record All() implements Selection {
    @Override
    public String key() {
      return "identity";
    }

    @Override
    public Tensor apply(Tensor scores) {
      return scores;
    }
  }

  /** The positive ones. */
  record Relu() implements Selection {
    @Override
    public String key() {
      return "relu";
    }

    @Override
    public Tensor apply(Tensor scores) {
      return scores.relu();
    }
  }

  /**
   * The positive ones above a threshold.
   *
   * @param thresholds {@code [F]} or {@code [groups, F]} or {@code [groups, 1]}
   */
  record Above(Tensor thresholds) implements Selection {
    @Override
    public String key() {
      return "jumprelu";
    }

    @Override
    public Tensor apply(Tensor scores) {
      return scores.relu().mul(scores.gt(thresholds));
    }

    @Override
    public Stream<Tensor> tensors() {
      return Stream.of(thresholds);
    }
  }

  /**
   * The k largest.
   *
   * @param signed whether those below 0 stay too
   */
  record TopK(int k, boolean signed) implements Selection {
    @Override
    public String key() {
      return "topk";
    }

    @Override
    public Tensor apply(Tensor scores) {
      return positive(largest(scores, scores, k), signed);
    }

    @Override
    public OptionalDouble active() {
      return OptionalDouble.of(k);
    }
  }

  /** The k of largest magnitude. */
  record AbsTopK(int k) implements Selection {
    @Override
    public String key() {
      return "abstopk";
    }

    @Override
    public Tensor apply(Tensor scores) {
      return largest(scores, scores.abs(), k);
    }

    @Override
    public OptionalDouble active() {
      return OptionalDouble.of(k);
    }
  }

  /**
   * The largest of each of k equal groups of neighbouring latents.
   *
   * @param signed whether those below 0 stay too
   */
  record GroupMax(int k, boolean signed) implements Selection {
    @Override
    public String key() {
      return "groupmax";
    }

    @Override
    public Tensor apply(Tensor scores) {
      Tensor parts = scores.reshape(-1, scores.size(2) / k);
      return positive(largest(parts, parts, 1).reshape_as(scores), signed);
    }

    @Override
    public OptionalDouble active() {
      return OptionalDouble.of(k);
    }
  }

  /**
   * The largest of the whole batch, k a row on average; the fraction of k times the rows is cut
   * off.
   *
   * @param signed whether those below 0 stay too
   */
  record BatchTopK(double averageK, boolean signed) implements Selection {
    @Override
    public String key() {
      return "batchtopk";
    }

    @Override
    public Tensor apply(Tensor scores) {
      Tensor all = positive(scores, signed).reshape(1, -1);
      int count = (int) Math.min(all.size(1), (long) (averageK * scores.size(0)));
      return largest(all, all, count).reshape_as(scores);
    }

    @Override
    public OptionalDouble active() {
      return OptionalDouble.of(averageK);
    }

    @Override
    public boolean rowsAlone() {
      return false;
    }
  }

  private static Tensor largest(Tensor values, Tensor rank, int k) {
    Tensor chosen = torch.topk(rank, k).get1();
    return torch.zeros_like(values).scatter(-1, chosen, values.gather(-1, chosen));
  }

  private static Tensor positive(Tensor values, boolean signed) {
    return signed ? values : values.relu();
  }
}
