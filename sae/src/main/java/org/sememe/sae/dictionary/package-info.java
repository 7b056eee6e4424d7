/**
 * Dictionaries of every architecture behind one interface: autoencoders, transcoders, crosscoders,
 * cross-layer transcoders and temporal autoencoders. A {@link
 * org.sememe.sae.dictionary.SparseCoder} is put together of an encoding, a selection and a
 * decoding.
 */
package org.sememe.sae.dictionary;
