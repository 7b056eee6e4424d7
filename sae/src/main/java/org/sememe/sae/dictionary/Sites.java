package org.sememe.sae.dictionary;

import java.util.List;

/**
 * Where activations are taken or put.
 *
 * @param hooks the hook points, in order; empty if not known
 * @param shape of one row: {@code [d]}, or {@code [sites, d]}, or {@code [models, sites, d]}
 */
public record Sites(List<String> hooks, List<Long> shape) {
  public Sites {
    hooks = List.copyOf(hooks);
    shape = List.copyOf(shape);
    if (shape.isEmpty() || shape.stream().anyMatch(size -> size < 1)) {
      throw new IllegalArgumentException("a row of shape " + shape);
    }
  }

  /** The values of a row. */
  public long values() {
    return shape.stream().reduce(1L, Math::multiplyExact);
  }

  /** The width of one site. */
  public long width() {
    return shape.getLast();
  }
}
