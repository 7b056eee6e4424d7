/** Protocol Buffers' encoding, as far as readers of tensors need it. */
package org.sememe.tensors.protobuf;
