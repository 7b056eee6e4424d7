package org.sememe.sae.formats.export;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.sememe.tensors.AtomicFile;

/** Configuration files of layouts. */
final class Layout {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Layout() {}

  /** Writes an object, after the weights that it describes. */
  static void json(Path file, Map<String, ?> fields) throws IOException {
    AtomicFile.write(file, out -> JSON.writerWithDefaultPrettyPrinter().writeValue(out, fields));
  }
}
