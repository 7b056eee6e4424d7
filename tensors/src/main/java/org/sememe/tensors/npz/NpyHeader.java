package org.sememe.tensors.npz;

import java.nio.ByteOrder;
import org.sememe.tensors.TensorType;
import org.sememe.tensors.archive.Layout;

/**
 * What an array says of itself.
 *
 * @param type of its values
 * @param order of the bytes of a value
 * @param layout of its values
 * @param bytes that the header takes; the values follow
 */
record NpyHeader(TensorType type, ByteOrder order, Layout layout, long bytes) {}
