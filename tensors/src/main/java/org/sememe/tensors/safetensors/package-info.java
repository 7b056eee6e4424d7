/**
 * The safetensors format: eight bytes of header length, a JSON header, then the tensors' bytes
 * without gaps. A mapped reader, a reader of sharded sets, an atomic writer.
 */
package org.sememe.tensors.safetensors;
