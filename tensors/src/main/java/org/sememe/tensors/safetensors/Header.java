package org.sememe.tensors.safetensors;

import java.util.LinkedHashMap;
import java.util.Map;
import org.sememe.tensors.TensorInfo;

/**
 * A checked header.
 *
 * @param tensors by name, in the header's order
 * @param metadata the free text entries
 */
record Header(LinkedHashMap<String, TensorInfo> tensors, Map<String, String> metadata) {
  /** The key of the metadata, which no tensor may have. */
  static final String METADATA = "__metadata__";

  /** The largest header that readers accept. */
  static final long LIMIT = 100_000_000;
}
