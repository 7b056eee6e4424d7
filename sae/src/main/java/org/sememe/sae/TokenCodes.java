package org.sememe.sae;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import org.sememe.kernels.BoundedScan;

/**
 * The codes of one vector: its active latents by falling activation, of equal ones the lowest
 * first. Made by a {@link TokenEncoder} and filled by it again and again; it is also what the
 * encoder works in.
 *
 * <p>Belongs to the caller; one thread at a time. Its native memory goes with the object: nothing
 * is to be closed.
 */
public final class TokenCodes {
  private final TokenEncoder maker;
  private final MemorySegment input;
  private final MemorySegment indices;
  private final MemorySegment values;
  private final BoundedScan scan;
  private int count;

  TokenCodes(TokenEncoder maker) {
    Arena arena = Arena.ofAuto();
    this.maker = maker;
    this.input = arena.allocate(ValueLayout.JAVA_FLOAT, maker.inputs());
    this.indices = arena.allocate(ValueLayout.JAVA_INT, maker.most());
    this.values = arena.allocate(ValueLayout.JAVA_FLOAT, maker.most());
    this.scan = maker.scan(arena);
  }

  TokenEncoder maker() {
    return maker;
  }

  /** The centred vector, {@code [d]} and the zeros that the kernel needs after it. */
  MemorySegment input() {
    return input;
  }

  void clear() {
    count = 0;
  }

  void find() {
    count = scan.find(input, indices, values);
  }

  /** How many latents are active; 0 before the first vector. */
  public int count() {
    return count;
  }

  /**
   * The latent at a place.
   *
   * @throws IndexOutOfBoundsException if the place is not one of {@link #count}
   */
  public int latent(int place) {
    return indices.getAtIndex(ValueLayout.JAVA_INT, Objects.checkIndex(place, count));
  }

  /**
   * The activation at a place, above 0.
   *
   * @throws IndexOutOfBoundsException if the place is not one of {@link #count}
   */
  public float activation(int place) {
    return values.getAtIndex(ValueLayout.JAVA_FLOAT, Objects.checkIndex(place, count));
  }

  /** A copy as plain arrays. */
  public ActiveLatents active() {
    return new ActiveLatents(
        indices.asSlice(0, (long) count * Integer.BYTES).toArray(ValueLayout.JAVA_INT),
        values.asSlice(0, (long) count * Float.BYTES).toArray(ValueLayout.JAVA_FLOAT));
  }

  /**
   * How many latents of the last vector were computed in float32, at least {@link #count}: the
   * others could not be active.
   */
  public int computed() {
    return scan.open();
  }
}
