package org.sememe.models;

/**
 * A named place in a network where activations can be read and changed, by TransformerLens's names.
 *
 * @param name for example {@code blocks.7.hook_resid_post}
 * @param layer the block's number from 0; -1 for what comes before the first block ({@code
 *     hook_embed}); the number of layers for what comes after the last ({@code logits})
 * @param width the activation's last dimension where an activation is {@code [sequences, positions,
 *     width]}. What belongs to heads ({@code attn.hook_q}, {@code hook_z}, ...) is given with its
 *     heads flattened, {@code heads * headWidth} (TransformerLens has {@code [.., heads,
 *     headWidth]}, the same numbers in the same order). For {@link Layout#SCORES} the number of
 *     heads
 * @param layout what the dimensions of an activation are
 */
public record HookPoint(String name, int layer, long width, Layout layout) {
  /** What the dimensions of an activation are. */
  public enum Layout {
    /** {@code [sequences, positions, width]}: a vector a position. */
    ROWS,
    /** {@code [sequences, heads, queries, keys]}: attention of each position to each other. */
    SCORES
  }

  /** The point before the first block: token embeddings. */
  public static final String EMBED = "hook_embed";

  /** The scores over the vocabulary that the head gives. */
  public static final String LOGITS = "logits";

  /** A point with a vector a position. */
  public HookPoint(String name, int layer, long width) {
    this(name, layer, width, Layout.ROWS);
  }

  /**
   * The width of the vector that each position has here.
   *
   * @throws IllegalArgumentException if this point has no vector a position
   */
  public int rowWidth() {
    if (layout != Layout.ROWS) {
      throw new IllegalArgumentException(
          "'"
              + name
              + "' holds attention scores, not a vector a position: name another hook point");
    }
    return Math.toIntExact(width);
  }
}
