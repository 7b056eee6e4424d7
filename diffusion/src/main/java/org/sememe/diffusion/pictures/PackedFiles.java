package org.sememe.diffusion.pictures;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.sememe.models.sources.TarFile;
import org.sememe.tensors.FormatException;

/** Files of a gzipped tar archive, as packages come. Nothing is written anywhere. */
record PackedFiles(Path archive) {
  /**
   * The first file of that last name, whole.
   *
   * @throws FormatException if the archive is damaged
   */
  Optional<InputStream> find(String name) throws IOException {
    try (InputStream in =
        new GZIPInputStream(new BufferedInputStream(Files.newInputStream(archive)))) {
      TarFile tar = new TarFile(in);
      for (Optional<String> path = tar.next(); path.isPresent(); path = tar.next()) {
        if (name.equals(path.get().substring(path.get().lastIndexOf('/') + 1))) {
          return Optional.of(new ByteArrayInputStream(tar.content().readAllBytes()));
        }
      }
      return Optional.empty();
    } catch (EOFException | ZipException damaged) {
      throw new FormatException(archive, 0, "cut short, or not a gzipped archive");
    }
  }
}
