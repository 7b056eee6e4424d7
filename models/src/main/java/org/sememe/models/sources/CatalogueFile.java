package org.sememe.models.sources;

import java.util.List;

/**
 * A file of a model that is known by name.
 *
 * @param name in the cache
 * @param bytes its size
 * @param sha256 in hexadecimal
 * @param origins where it can be had, the first choice first; all give the same bytes
 */
record CatalogueFile(String name, long bytes, String sha256, List<Origin> origins) {}
