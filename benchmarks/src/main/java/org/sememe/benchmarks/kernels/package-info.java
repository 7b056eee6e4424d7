/**
 * JMH benchmarks of the kernels at the project's shapes, one thread, with call sites as mixed as
 * those of a process that has run for long.
 */
package org.sememe.benchmarks.kernels;
