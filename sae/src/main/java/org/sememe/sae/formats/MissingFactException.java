package org.sememe.sae.formats;

import java.io.IOException;
import java.nio.file.Path;

/** A dictionary's files do not say something that is needed to compute with it. */
public final class MissingFactException extends IOException {
  private static final long serialVersionUID = 1;

  private final String option;

  MissingFactException(Path file, String option, String where) {
    super(
        "%s: %s (%s) is not in the files: %s; give it with --set %s=VALUE"
            .formatted(file, option, LoadOptions.NAMES.get(option), where, option));
    this.option = option;
  }

  /** The name in {@link LoadOptions#NAMES} of the option that gives it. */
  public String option() {
    return option;
  }
}
