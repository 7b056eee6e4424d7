package org.sememe.tensors.testing;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.RandomStream;

/**
 * Damages a valid file in many ways and checks that a reader either reads what is left or throws a
 * {@link FormatException}: nothing else, soon, and without allocating much.
 */
public final class Damage {
  private static final long SEED = 20_261_124;
  private static final int FLIPS = 2_000;
  private static final int CUTS = 50;
  private static final long MOST_BYTES = 8L << 20;
  private static final long MOST_NANOS = 5_000_000_000L;

  private final Path target;
  private final Path named;
  private final String name;
  private final byte[] valid;

  private Damage(Path target, Path named, String name, byte[] valid) {
    this.target = target;
    this.named = named;
    this.name = name;
    this.valid = valid;
  }

  /** Reads everything of a file. */
  @FunctionalInterface
  public interface Reader {
    void read(Path file) throws Exception;
  }

  /**
   * Damages copies of {@code file} in {@code folder} (a scratch folder): cut at every fiftieth of
   * its length, then 2,000 copies with one to four random bytes changed.
   */
  public static void check(Path file, Path folder, Reader reader) throws Exception {
    reader.read(file);
    String name = file.getFileName().toString();
    Path copy = folder.resolve("damaged-" + name);
    new Damage(copy, copy, name, Files.readAllBytes(file)).check(reader);
  }

  /**
   * The same with the file itself, one of several that are read together: an error may be any
   * {@link IOException} of one line that names a file of its folder. The file is whole again at the
   * end.
   */
  public static void checkInPlace(Path file, Reader reader) throws Exception {
    reader.read(file);
    byte[] valid = Files.readAllBytes(file);
    try {
      new Damage(file, file.getParent(), file.getFileName().toString(), valid).check(reader);
    } finally {
      Files.write(file, valid);
    }
  }

  private void check(Reader reader) throws IOException {
    cut(reader);
    flip(reader);
  }

  private void cut(Reader reader) throws IOException {
    for (int i = 0; i < CUTS; i++) {
      int length = (int) ((long) valid.length * i / CUTS);
      check("cut to " + length + " bytes", Arrays.copyOf(valid, length), reader);
    }
  }

  private void flip(Reader reader) throws IOException {
    System.out.println("Damage of " + name + ": seed " + SEED + ", " + FLIPS + " cases");
    int refused = 0;
    for (int i = 0; i < FLIPS; i++) {
      RandomStream random = RandomStream.of(SEED).stream(name).stream(i);
      byte[] bytes = valid.clone();
      for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      refused += check("seed " + SEED + ", case " + i, bytes, reader) ? 0 : 1;
    }
    System.out.println("Damage of " + name + ": " + refused + " of " + FLIPS + " refused");
  }

  private boolean check(String how, byte[] bytes, Reader reader) throws IOException {
    Files.deleteIfExists(target); // some file systems flush a file that is cut and written anew
    Files.write(target, bytes);
    ThreadMXBean meter = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long allocated = meter.getCurrentThreadAllocatedBytes();
    long start = System.nanoTime();
    boolean read = true;
    try {
      reader.read(target);
    } catch (FormatException e) {
      read = false;
      assertThat(e).hasMessageStartingWith(named.toString()).hasMessageContaining(": at byte ");
      assertThat(e.getMessage().lines().count()).as("lines of %s", e.getMessage()).isEqualTo(1);
    } catch (IOException e) {
      read = false;
      assertThat(named).as("%s, %s: %s", name, how, e).isNotEqualTo(target);
      assertThat(e).hasMessageContaining(named.toString());
      assertThat(e.getMessage().lines().count()).as("lines of %s", e.getMessage()).isEqualTo(1);
    } catch (Throwable e) {
      throw new AssertionError(name + ", " + how + ": " + e, e);
    }
    assertThat(System.nanoTime() - start)
        .as("%s, %s: nanoseconds", name, how)
        .isLessThan(MOST_NANOS);
    assertThat(meter.getCurrentThreadAllocatedBytes() - allocated)
        .as("%s, %s: bytes allocated", name, how)
        .isLessThan(MOST_BYTES + 100L * valid.length);
    return read;
  }
}
