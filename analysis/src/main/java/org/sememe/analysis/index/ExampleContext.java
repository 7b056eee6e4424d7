package org.sememe.analysis.index;

/**
 * The tokens of an example's context up to where the example ends.
 *
 * @param tokens ids, from the context's first token
 * @param from where the example's own tokens begin
 */
@SuppressWarnings("ArrayRecordComponent") // goes straight into the model
public record ExampleContext(int[] tokens, int from) {}
