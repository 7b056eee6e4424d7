/**
 * The GGUF format (versions 2 and 3, little-endian): metadata, and tensors that are mostly
 * quantised in blocks. A mapped reader; quantised tensors are widened to float32.
 */
package org.sememe.tensors.gguf;
