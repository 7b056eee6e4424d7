package org.sememe.app.inputs;

import java.io.IOException;
import java.nio.file.Path;

/** Brings what a source names onto this machine. */
@FunctionalInterface
public interface Sources {
  /** The file or folder of a source such as {@code hf:OWNER/REPO/FOLDER/}, fetched if need be. */
  Path locate(String spec) throws IOException;
}
