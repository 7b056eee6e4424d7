/**
 * Reads the dictionaries of other libraries and releases: {@link
 * org.sememe.sae.formats.DictionaryFiles} tells by the files which it is. One class a library knows
 * its names, orientations and faults; everything that it returns computes on raw activations.
 */
package org.sememe.sae.formats;
