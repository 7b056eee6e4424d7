package org.sememe.models.text;

/**
 * A stretch of a document with a label, such as a word with its part of speech.
 *
 * @param from its first character in the text
 * @param to behind its last character
 */
public record LabelledSpan(int from, int to, String label) {}
