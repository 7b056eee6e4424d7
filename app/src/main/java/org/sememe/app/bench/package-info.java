/**
 * Benchmarks behind {@code sememe bench}: what is measured, and what it is measured against. Each
 * contender does the same job on the same rows in the same process, in turns.
 */
package org.sememe.app.bench;
