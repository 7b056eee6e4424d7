package org.sememe.models.sources;

import java.util.SequencedMap;

/**
 * What the catalogue says of a model.
 *
 * @param name as a user writes it
 * @param summary what it is, in a few words
 * @param licence of the weights, as SPDX calls it
 * @param bytes on disk
 * @param memoryBytes of its weights when it runs
 * @param sha256 of each file, in hexadecimal, by its name
 * @param cached whether it has been fetched already
 */
public record KnownModel(
    String name,
    String summary,
    String licence,
    long bytes,
    long memoryBytes,
    SequencedMap<String, String> sha256,
    boolean cached) {}
