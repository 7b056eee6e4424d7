package org.sememe.models.testing;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.sememe.models.sources.ModelSource;

/** Real models for tests, where they have been pulled before: tests never use the network. */
public final class CachedModel {
  private CachedModel() {}

  /**
   * The cached model of the catalogue whose name begins so; the calling test is skipped where there
   * is none.
   */
  public static Path require(String beginning) {
    List<Path> cached =
        ModelSource.names().stream()
            .filter(name -> name.startsWith(beginning))
            .flatMap(name -> ModelSource.cached(name).stream())
            .toList();
    Assumptions.assumeFalse(
        cached.isEmpty(),
        () -> "skipped: no model " + beginning + "* in the cache (sememe pull gets it)");
    return cached.getFirst();
  }
}
