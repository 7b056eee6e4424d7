/**
 * Every design of a dictionary as a differentiable objective over libtorch's tensors: the way to
 * train designs that have no step of their own, and the oracle of those that have.
 */
package org.sememe.sae.objective;
