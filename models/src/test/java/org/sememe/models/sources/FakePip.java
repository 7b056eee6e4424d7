package org.sememe.models.sources;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** A script in pip's place: notes each call, then does what the test wants. */
record FakePip(Path folder) {
  /** The script's command, with what it does after its folder is in {@code $dest}. */
  List<String> script(String body) throws IOException {
    Path script = folder.resolve("pip");
    Files.writeString(
        script,
        """
        #!/bin/sh
        echo "$@" >> '%s'
        while [ "$1" != --dest ]; do shift; done
        dest=$2
        %s
        """
            .formatted(log(), body));
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    return List.of(script.toString());
  }

  /** A script that brings a wheel with one file. */
  List<String> bringing(String path, byte[] content) throws IOException {
    return script("cp '" + wheel(path, content) + "' \"$dest/\"");
  }

  Path wheel(String path, byte[] content) throws IOException {
    Path wheel = folder.resolve("package-1.0-py3-none-any.whl");
    try (OutputStream out = Files.newOutputStream(wheel);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      zip.putNextEntry(new ZipEntry(path));
      zip.write(content);
      zip.closeEntry();
    }
    return wheel;
  }

  private Path log() {
    return folder.resolve("calls");
  }

  /** The arguments of each call. */
  List<String> calls() throws IOException {
    return Files.exists(log()) ? Files.readAllLines(log()) : List.of();
  }
}
