package org.sememe.tensors.archive;

import org.sememe.tensors.FormatException;
import org.sememe.tensors.MappedFile;

/**
 * What a file may still ask for, in bytes, so that a small file cannot ask for much. Real tensors
 * hardly compress and are hardly ever repeated: a file that goes over is hostile. Not thread-safe.
 */
public final class Allowance {
  private static final long FLOOR = 16L << 20;
  private static final long FACTOR = 100;

  private final MappedFile file;
  private final long limit;
  private long left;

  /**
   * An allowance of {@code limit} bytes.
   *
   * @param file for messages
   */
  public Allowance(MappedFile file, long limit) {
    this.file = file;
    this.limit = limit;
    this.left = limit;
  }

  /** The allowance for the contents of a file: 16 MiB and a hundred times its size. */
  public static Allowance forContents(MappedFile file) {
    long size = Math.min(file.size(), (Long.MAX_VALUE - FLOOR) / FACTOR);
    return new Allowance(file, FLOOR + FACTOR * size);
  }

  /**
   * Takes {@code bytes} from what is left.
   *
   * @param at the offset in the file that asks
   * @param what asks
   * @throws FormatException if less is left
   */
  public void take(long bytes, long at, String what) throws FormatException {
    if (bytes > left) {
      throw new FormatException(
          file.path(),
          at,
          "over the limit of "
              + limit
              + " bytes in all that a file of "
              + file.size()
              + " may ask for, by "
              + what
              + "; not a checkpoint");
    }
    left -= bytes;
  }
}
