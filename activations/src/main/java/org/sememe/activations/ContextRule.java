package org.sememe.activations;

/**
 * How documents become contexts.
 *
 * @param contextLength most tokens in a context, at least 2
 * @param pack true: documents share contexts; false: one context a document, cut at the length
 * @param heldOutShare share of documents held out, at least 0 and below 1
 * @param seed decides which
 */
public record ContextRule(int contextLength, boolean pack, double heldOutShare, long seed) {}
