package org.sememe.sae.formats;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/** Several dictionaries lie where one was named. */
public final class AmbiguousPathException extends IOException {
  private static final long serialVersionUID = 1;
  private static final int SHOWN = 10;

  AmbiguousPathException(Path path, List<Path> found) {
    super(
        "%s holds %d dictionaries: choose one by its path, or with --hook: %s%s"
            .formatted(
                path, found.size(), names(path, found), found.size() > SHOWN ? " and more" : ""));
  }

  /** By their folders, or by the files where several share one. */
  private static List<Path> names(Path path, List<Path> found) {
    List<Path> files = found.stream().map(path::relativize).toList();
    List<Path> folders =
        files.stream().map(Path::getParent).filter(Objects::nonNull).distinct().toList();
    return (folders.size() == files.size() ? folders : files).stream().limit(SHOWN).toList();
  }
}
