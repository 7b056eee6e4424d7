package org.sememe.sae.objective;

import org.bytedeco.pytorch.Tensor;

/**
 * One term of a loss.
 *
 * @param value one number, before its weight
 * @param weight in the total, warm-up included
 */
public record Term(Tensor value, double weight) {}
