package org.sememe.models;

/**
 * A named place in a network where activations can be read and changed, by TransformerLens's names.
 *
 * @param name for example {@code blocks.7.hook_resid_post}
 * @param layer the block's number from 0; -1 for {@code hook_embed}; the number of layers for what
 *     comes after the last block ({@code logits})
 * @param width the activation's last dimension: an activation is {@code [sequences, positions,
 *     width]}. {@code attn.hook_z} is given with its heads flattened, {@code heads * headWidth}
 *     (TransformerLens has {@code [.., heads, headWidth]}, the same numbers in the same order)
 */
public record HookPoint(String name, int layer, long width) {
  /** The point before the first block: token embeddings. */
  public static final String EMBED = "hook_embed";

  /** The scores over the vocabulary that the head gives. */
  public static final String LOGITS = "logits";
}
