package org.sememe.analysis.evaluation;

/**
 * What a splice puts in an activation's place.
 *
 * @param read the hook point that a dictionary reads
 * @param hook the one that it reconstructs
 * @param reconstructor of the dictionary; stays the caller's
 */
record Spliced(String read, String hook, Reconstructor reconstructor) {}
