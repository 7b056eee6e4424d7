/**
 * How good a set of generated pictures is, by features of a network that had no part in making
 * them. Everything is computed in float64.
 */
package org.sememe.diffusion.metrics;
