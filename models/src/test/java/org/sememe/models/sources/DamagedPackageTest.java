package org.sememe.models.sources;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.tensors.RandomStream;

/** Packages of each kind, altered in many ways: a file that is read, or one clear error, soon. */
class DamagedPackageTest {
  private static final long SEED = 20_261_127;
  private static final int CASES = 2_000;

  /** Of forms whose inside is altered by itself. */
  private static final int FEWER = 400;

  private static final long MOST_BYTES = 4L << 20;
  private static final long MOST_NANOS = 2_000_000_000L;

  @TempDir Path folder;

  /** Makes a package of what was altered. */
  @FunctionalInterface
  private interface Packing {
    byte[] pack(byte[] altered) throws IOException;
  }

  private static byte[] content(int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (i * i % 97);
    }
    return bytes;
  }

  private static byte[] zip(Map<String, byte[]> files) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        zip.putNextEntry(new ZipEntry(file.getKey()));
        zip.write(file.getValue());
        zip.closeEntry();
      }
    }
    return out.toByteArray();
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    }
    return out.toByteArray();
  }

  private static Map<String, byte[]> files(String... names) {
    Map<String, byte[]> files = new LinkedHashMap<>();
    for (String name : names) {
      files.put(name, content(300 + 400 * files.size()));
    }
    return files;
  }

  @Test
  void jar() throws Exception {
    check(FEWER, "x.jar", "b/c.txt", zip(files("a.txt", "b/c.txt")), altered -> altered);
  }

  @Test
  void npmPackage() throws Exception {
    byte[] packed = SmallTar.gzipped(files("package/a.txt", "package/b/c.txt"));
    check(FEWER, "x.tgz", "b/c.txt", packed, altered -> altered);
  }

  /** The tar itself, so that its checksum does not end every case. */
  @Test
  void tarInANpmPackage() throws Exception {
    byte[] tar = SmallTar.tar(files("package/a.txt", "package/b/c.txt"));
    check(CASES, "x.tgz", "b/c.txt", tar, DamagedPackageTest::gzip);
  }

  @Test
  void zipInAJar() throws Exception {
    byte[] inner = zip(files("a.txt", "b/c.txt"));
    check(CASES, "x.jar", "in.zip!/b/c.txt", inner, altered -> zip(Map.of("in.zip", altered)));
  }

  @Test
  void zipInANpmPackage() throws Exception {
    byte[] inner = zip(files("a.txt", "b/c.txt"));
    check(
        FEWER,
        "x.tgz",
        "in.zip!/b/c.txt",
        inner,
        altered -> SmallTar.gzipped(Map.of("package/in.zip", altered)));
  }

  /** A size that reaches far beyond the archive is found out by its end. */
  @Test
  void aHugeSizeAllocatesNothing() throws Exception {
    byte[] tar = SmallTar.tar(files("package/a.txt"));
    System.arraycopy("777777777777".getBytes(StandardCharsets.US_ASCII), 0, tar, 124, 12);
    Path archive = Files.write(folder.resolve("huge.tgz"), gzip(tar));
    assertThatThrownBy(() -> drain(archive, "a.txt")).hasMessageContaining("cut short");
    assertThatThrownBy(() -> drain(archive, "b.txt")).isInstanceOf(IOException.class);
  }

  private void check(int cases, String archive, String path, byte[] valid, Packing packing)
      throws Exception {
    Path file = Files.write(folder.resolve(archive), packing.pack(valid));
    assertThat(drain(file, path)).isEqualTo(700);
    ThreadMXBean meter = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    int refused = 0;
    for (int i = 0; i < cases; i++) {
      RandomStream random = RandomStream.of(SEED).stream(archive + path).stream(i);
      byte[] altered = valid.clone();
      if (i % 40 == 0) {
        altered = Arrays.copyOf(valid, random.nextInt(valid.length));
      }
      for (int flips = 1 + random.nextInt(4); flips > 0 && altered.length > 0; flips--) {
        altered[random.nextInt(altered.length)] = (byte) random.nextInt();
      }
      Files.write(file, packing.pack(altered));
      long allocated = meter.getCurrentThreadAllocatedBytes();
      long start = System.nanoTime();
      String how = "%s, seed %d, case %d".formatted(archive, SEED, i);
      try {
        drain(file, path);
      } catch (IOException e) {
        refused++;
        assertThat(String.valueOf(e.getMessage()).lines().count()).as(how).isEqualTo(1);
      } catch (Throwable e) {
        throw new AssertionError(how + ": " + e, e);
      }
      assertThat(System.nanoTime() - start).as(how).isLessThan(MOST_NANOS);
      assertThat(meter.getCurrentThreadAllocatedBytes() - allocated).as(how).isLessThan(MOST_BYTES);
    }
    assertThat(refused).as("%s refused of %d", archive, cases).isBetween(cases / 50, cases - 1);
  }

  private static long drain(Path archive, String path) throws IOException {
    long[] read = new long[1];
    PackageFile.read(archive, path, in -> read[0] = count(in));
    return read[0];
  }

  private static long count(InputStream in) throws IOException {
    byte[] buffer = new byte[1 << 14];
    long count = 0;
    for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
      count += read;
    }
    return count;
  }
}
