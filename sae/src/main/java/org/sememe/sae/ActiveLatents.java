package org.sememe.sae;

/**
 * The active latents of one row, by falling activation.
 *
 * @param latents their indices, only those that are active
 * @param activations above 0, one for each
 */
@SuppressWarnings("ArrayRecordComponent") // plain arrays are what a caller without tensors wants
public record ActiveLatents(int[] latents, float[] activations) {}
