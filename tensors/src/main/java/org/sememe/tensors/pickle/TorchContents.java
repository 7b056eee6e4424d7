package org.sememe.tensors.pickle;

import java.nio.ByteOrder;
import java.util.Map;
import org.sememe.tensors.archive.ByteSource;

/**
 * A torch file taken apart.
 *
 * @param root the object
 * @param storages what each storage of the object holds; as many bytes as the object says
 * @param order of the bytes of a stored value
 * @param pickleBytes the pickle's length
 */
record TorchContents(
    PickleValue root, Map<String, ByteSource> storages, ByteOrder order, long pickleBytes) {}
