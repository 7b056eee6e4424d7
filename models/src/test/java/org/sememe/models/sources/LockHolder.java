package org.sememe.models.sources;

import java.io.IOException;
import java.nio.file.Path;

/** Another process of a test: takes the lock of a folder, says so, and keeps it until told. */
final class LockHolder {
  private LockHolder() {}

  /** Ends when its input does. */
  public static void main(String[] arguments) throws IOException {
    try (FolderLock lock =
        FolderLock.take(Path.of(arguments[0]), "it", (what, done, total) -> {})) {
      lock.sweep();
      System.out.println("held");
      System.out.flush();
      while (System.in.read() >= 0) {
        continue;
      }
    }
  }
}
