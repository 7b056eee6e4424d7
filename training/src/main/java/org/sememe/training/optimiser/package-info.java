/** Optimisers over named tensors, and the courses that rates and coefficients take in training. */
package org.sememe.training.optimiser;
