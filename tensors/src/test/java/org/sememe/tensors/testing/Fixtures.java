package org.sememe.tensors.testing;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/**
 * Where the inputs and outputs of the original libraries lie: the folder named by the environment
 * variable {@code SEMEME_FIXTURES}, else {@code ../shared/fixtures} from the project's root.
 */
public final class Fixtures {
  private Fixtures() {}

  /** The folder {@code name} below the fixtures; the calling test is skipped where it is absent. */
  public static Path require(String name) {
    Path folder = root().resolve(name);
    Assumptions.assumeTrue(
        Files.exists(folder),
        () -> "skipped: no fixtures at " + folder + " (set SEMEME_FIXTURES to their folder)");
    return folder;
  }

  /** The fixtures' root, whether or not it exists. */
  public static Path root() {
    String named = System.getenv("SEMEME_FIXTURES");
    if (named != null && !named.isBlank()) {
      return Path.of(named);
    }
    String project = System.getenv("SEMEME_PROJECT_ROOT");
    return Path.of(project == null ? "." : project).resolve("../shared/fixtures").normalize();
  }
}
