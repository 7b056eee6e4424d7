package org.sememe.activations;

/**
 * How far a harvest is.
 *
 * @param tokens tokens run through the model so far
 * @param tokenBudget tokens asked for, {@link HarvestOptions#ALL_TOKENS} for the whole text
 * @param rows rows kept so far
 * @param sinksExcluded tokens left out so far as sinks or special tokens
 * @param tokensPerSecond since the start
 */
public record HarvestProgress(
    long tokens, long tokenBudget, long rows, long sinksExcluded, double tokensPerSecond) {}
