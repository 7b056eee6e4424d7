package org.sememe.training;

import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * What stands where in a run's rows.
 *
 * @param kind what is made of what
 * @param parts widths of the rows' parts, one a hook point
 */
record RowLayout(SiteOptions.Reading kind, List<Integer> parts) {
  RowLayout {
    parts = List.copyOf(parts);
    String hooks = parts.size() == 1 ? "one hook point" : parts.size() + " hook points";
    switch (kind) {
      case AUTOENCODER ->
          require(
              parts.size() == 1, "kind=autoencoder reads one hook point, and rows are of " + hooks);
      case TRANSCODER ->
          require(
              parts.size() == 2,
              "kind=transcoder needs an input and a target, and rows are of " + hooks);
      case CROSSCODER -> {
        require(parts.size() > 1, "kind=crosscoder needs several hook points, and rows are of one");
        require(
            parts.stream().distinct().count() == 1,
            "kind=crosscoder needs hook points of one width, not of " + parts);
      }
    }
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalArgumentException(otherwise);
    }
  }

  /** Rows of one hook point. */
  static RowLayout of(int width) {
    return new RowLayout(SiteOptions.Reading.AUTOENCODER, List.of(width));
  }

  /**
   * That of a source's rows.
   *
   * @throws IllegalArgumentException if the options do not go with them
   */
  static RowLayout of(TrainOptions options, BatchSource source) {
    return new RowLayout(options.sites().kind(), source.parts());
  }

  /** Values of a whole row. */
  int width() {
    return parts.stream().mapToInt(Integer::intValue).sum();
  }

  /** Values that are read; the row's first. */
  int inputs() {
    return kind == SiteOptions.Reading.TRANSCODER ? parts.getFirst() : width();
  }

  /** Values that are made; the row's last. */
  int outputs() {
    return kind == SiteOptions.Reading.TRANSCODER ? parts.getLast() : width();
  }

  /** What is read of rows {@code [n, width]}, contiguous. */
  Tensor input(Tensor rows) {
    return same() ? rows : rows.narrow(1, 0, inputs()).contiguous();
  }

  /** What is to be made of them, contiguous. */
  Tensor output(Tensor rows) {
    return same() ? rows : rows.narrow(1, inputs(), outputs()).contiguous();
  }

  /** Whether what is made is what was read. */
  boolean same() {
    return kind != SiteOptions.Reading.TRANSCODER;
  }

  /** Hook points that a decoder row writes to. */
  int sites() {
    return same() ? parts.size() : 1;
  }
}
