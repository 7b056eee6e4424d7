package org.sememe.models.text;

/**
 * A sequence of tokens as a model reads it at once.
 *
 * @param tokens ids, at least one
 * @param documents the ordinal of each token's document; a separator counts with the document
 *     before it, BOS with the token after it
 */
@SuppressWarnings("ArrayRecordComponent") // ids are handed on to batches, which take arrays
public record Context(int[] tokens, long[] documents) {}
