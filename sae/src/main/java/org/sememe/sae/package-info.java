/**
 * The dictionary: encoder, sparsity and decoder, and the files it is kept in. Small enough to embed
 * in a service.
 */
package org.sememe.sae;
