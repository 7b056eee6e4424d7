/**
 * Sparse-times-dense CPU kernels on the Vector API over memory segments, each with a plain scalar
 * twin as its oracle. No third-party code.
 */
package org.sememe.kernels;
