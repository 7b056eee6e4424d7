package org.sememe.models.sources;

import java.util.List;

/**
 * A model that is known by name.
 *
 * @param name as a user writes it
 * @param file the name of its file in the cache
 * @param sha256 of that file, in hexadecimal
 * @param origins where it can be had, the first choice first; all give the same bytes
 */
record CatalogueEntry(String name, String file, String sha256, List<Origin> origins) {}
