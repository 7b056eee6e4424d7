package org.sememe.models.sources;

import java.util.List;

/**
 * A model that is known by name.
 *
 * @param name as a user writes it
 * @param summary what it is, in a few words
 * @param licence of the weights, as SPDX calls it
 * @param memoryBytes of its weights when it runs, all fp32
 * @param files what it is made of: one file, or those of its folder
 */
record CatalogueEntry(
    String name, String summary, String licence, long memoryBytes, List<CatalogueFile> files) {}
