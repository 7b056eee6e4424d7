package org.sememe.sae;

/**
 * The active latents of one row, by falling magnitude of activation.
 *
 * @param latents their indices, only those that are active
 * @param activations one for each, not 0; below 0 only where the sparsity keeps signs
 */
@SuppressWarnings("ArrayRecordComponent") // plain arrays are what a caller without tensors wants
public record ActiveLatents(int[] latents, float[] activations) {}
