/**
 * The general training step: any design, by automatic differentiation. It holds all activations of
 * a batch {@code [n, F]}; the fast step for the TopK family is {@code
 * org.sememe.training.TrainStep}.
 */
package org.sememe.training.autograd;
