package org.sememe.models.text;

/**
 * A piece of text that is never divided between train and held-out.
 *
 * @param name unique in its source, for example a path in a zip
 */
public record Document(String name, String text) {}
