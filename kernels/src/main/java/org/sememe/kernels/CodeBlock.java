package org.sememe.kernels;

import java.lang.foreign.MemorySegment;

/**
 * Codes whose gradients are wanted: row i of the block was encoded from row {@code inputRow + i} of
 * the inputs, and the loss's gradient at its reconstruction is {@code scale} times row {@code
 * gradientRow + i} of the gradients' memory.
 *
 * @param indices int32 {@code [rows, places]}, the latents
 * @param values float32 {@code [rows, places]}; what is not above 0 does not count
 * @param slopes float32 {@code [rows, places]}, see {@link SparseDecode#slopes}, before the scale
 */
public record CodeBlock(
    MemorySegment indices,
    MemorySegment values,
    MemorySegment slopes,
    int rows,
    int places,
    int inputRow,
    int gradientRow,
    float scale) {}
