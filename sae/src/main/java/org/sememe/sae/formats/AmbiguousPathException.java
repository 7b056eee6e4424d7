package org.sememe.sae.formats;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Several dictionaries lie where one was named. */
public final class AmbiguousPathException extends IOException {
  private static final long serialVersionUID = 1;
  private static final int SHOWN = 10;

  AmbiguousPathException(Path path, List<Path> found) {
    super(
        "%s holds %d dictionaries: choose one by its path, or with --hook: %s%s"
            .formatted(
                path,
                found.size(),
                found.stream().limit(SHOWN).map(file -> relative(path, file)).toList(),
                found.size() > SHOWN ? " and more" : ""));
  }

  private static String relative(Path path, Path file) {
    Path relative = path.relativize(file);
    return String.valueOf(relative.getParent() == null ? relative : relative.getParent());
  }
}
