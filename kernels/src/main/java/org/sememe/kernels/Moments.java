package org.sememe.kernels;

import java.lang.foreign.MemorySegment;

/**
 * Weights and Adam's two moments of them, all of one shape, float32.
 *
 * @param first running mean of the gradients
 * @param second running mean of their squares
 */
public record Moments(MemorySegment weights, MemorySegment first, MemorySegment second) {}
