package org.sememe.activations;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Makes a folder ready for a store: never over somebody else's files. */
final class StoreFolder {
  private static final String OWN_FILES =
      "(contexts-)?(train|held_out)[-0-9]*\\.safetensors|documents\\.json|\\..*\\.tmp";

  private StoreFolder() {}

  /** Whether a complete store that lies there already is the one that is wanted. */
  @FunctionalInterface
  interface Wanted {
    boolean test(StoreManifest found) throws IOException;
  }

  /**
   * The manifest of the complete store in {@code folder}, if it is the one wanted. Otherwise the
   * folder is made, or emptied of what an interrupted job left there.
   *
   * @throws IOException when the folder holds another store or something else, naming it
   */
  static Optional<StoreManifest> claim(Path folder, Wanted wanted) throws IOException {
    if (ActivationStore.exists(folder)) {
      StoreManifest found = ActivationStore.readManifest(folder);
      if (found.complete()) {
        if (!wanted.test(found)) {
          throw new IOException(
              folder + ": holds a store of another model, text or options: give another folder");
        }
        ActivationStore.open(folder).close();
        return Optional.of(found);
      }
      deleteOwnFiles(folder);
    } else if (Files.exists(folder) && !empty(folder)) {
      throw new IOException(folder + ": is not empty and holds no store: give another folder");
    }
    Files.createDirectories(folder);
    return Optional.empty();
  }

  private static boolean empty(Path folder) throws IOException {
    return files(folder, file -> true).isEmpty();
  }

  private static void deleteOwnFiles(Path folder) throws IOException {
    for (Path file : files(folder, file -> file.getFileName().toString().matches(OWN_FILES))) {
      Files.delete(file);
    }
    Files.delete(folder.resolve(ActivationStore.MANIFEST));
  }

  private static List<Path> files(Path folder, Predicate<Path> which) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(which).toList();
    }
  }
}
