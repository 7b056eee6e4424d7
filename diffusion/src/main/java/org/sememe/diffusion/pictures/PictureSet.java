package org.sememe.diffusion.pictures;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;

/**
 * Pictures in memory, with labels.
 *
 * @param channels of a picture
 * @param height of a picture
 * @param width of a picture
 * @param pixels {@code [count, channels, height, width]}, 0 to 255
 * @param labels {@code [count]}, from 0
 */
@SuppressWarnings("ArrayRecordComponent") // large, and never compared
public record PictureSet(int channels, int height, int width, byte[] pixels, int[] labels) {
  private static final double HALF = 127.5;

  public PictureSet {
    if (pixels.length != (long) labels.length * channels * height * width || labels.length == 0) {
      throw new IllegalArgumentException(
          "%d bytes are not %d pictures of %d x %d x %d"
              .formatted(pixels.length, labels.length, channels, height, width));
    }
  }

  /** How many pictures. */
  public int count() {
    return labels.length;
  }

  /** One more than the largest label. */
  public int classes() {
    return Arrays.stream(labels).max().orElseThrow() + 1;
  }

  /** These pictures, then others of the same size. */
  public PictureSet and(PictureSet more) {
    byte[] all = Arrays.copyOf(pixels, pixels.length + more.pixels.length);
    System.arraycopy(more.pixels, 0, all, pixels.length, more.pixels.length);
    int[] theirs = Arrays.copyOf(labels, count() + more.count());
    System.arraycopy(more.labels, 0, theirs, count(), more.count());
    return new PictureSet(channels, height, width, all, theirs);
  }

  /** The same pictures with other labels, one each. */
  public PictureSet labelled(int[] others) {
    return new PictureSet(channels, height, width, pixels, others);
  }

  /** Some of the pictures, in that order. */
  public PictureSet select(int[] chosen) {
    int size = channels * height * width;
    byte[] some = new byte[chosen.length * size];
    int[] theirs = new int[chosen.length];
    for (int i = 0; i < chosen.length; i++) {
      System.arraycopy(pixels, chosen[i] * size, some, i * size, size);
      theirs[i] = labels[chosen[i]];
    }
    return new PictureSet(channels, height, width, some, theirs);
  }

  /** The pictures from one place up to another. */
  public PictureSet part(int from, int to) {
    return select(IntStream.range(from, to).toArray());
  }

  /**
   * The same pictures in an order of which each is equally likely: the first ones of a file, of
   * MNIST's test pictures too, may be unlike the rest.
   */
  public PictureSet shuffled(RandomStream random) {
    return select(random.permutation(count()));
  }

  /** A picture of each of these labels, none twice; empty where there are too few of one. */
  public Optional<PictureSet> ofLabels(int[] wanted) {
    Map<Integer, Deque<Integer>> places = new HashMap<>();
    for (int i = 0; i < count(); i++) {
      places.computeIfAbsent(labels[i], label -> new ArrayDeque<>()).add(i);
    }
    int[] chosen = new int[wanted.length];
    for (int i = 0; i < wanted.length; i++) {
      Deque<Integer> left = places.getOrDefault(wanted[i], new ArrayDeque<>());
      if (left.isEmpty()) {
        return Optional.empty();
      }
      chosen[i] = left.removeFirst();
    }
    return Optional.of(select(chosen));
  }

  /** Chosen pictures in [-1, 1], fp32 {@code [chosen, channels, height, width]}. */
  public Tensor tensor(int[] chosen) {
    return TensorMemory.copy(
            MemorySegment.ofArray(select(chosen).pixels),
            ScalarType.Byte,
            chosen.length,
            channels,
            height,
            width)
        .to(ScalarType.Float)
        .div(new Scalar(HALF))
        .sub(new Scalar(1.0));
  }

  /**
   * The same pictures in another size: each new pixel is the mean of the area that it covers.
   *
   * @param side new height and width, at most the old ones
   */
  public PictureSet resized(int side) {
    if (side < 1 || side > height || side > width) {
      throw new IllegalArgumentException(
          "pictures of %d x %d cannot be shrunk to a side of %d".formatted(height, width, side));
    }
    if (side == height && side == width) {
      return this;
    }
    double[][] rows = shares(height, side);
    double[][] columns = shares(width, side);
    int planes = count() * channels;
    byte[] small = new byte[planes * side * side];
    double[] narrow = new double[height * side];
    for (int plane = 0; plane < planes; plane++) {
      int from = plane * height * width;
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < side; x++) {
          double sum = 0;
          for (int i = 0; i < width; i++) {
            sum += columns[x][i] * Byte.toUnsignedInt(pixels[from + y * width + i]);
          }
          narrow[y * side + x] = sum;
        }
      }
      for (int y = 0; y < side; y++) {
        for (int x = 0; x < side; x++) {
          double sum = 0;
          for (int i = 0; i < height; i++) {
            sum += rows[y][i] * narrow[i * side + x];
          }
          small[(plane * side + y) * side + x] = (byte) Math.rint(sum);
        }
      }
    }
    return new PictureSet(channels, side, side, small, labels);
  }

  /** The share of each old place in each new one; every new one's sum to 1. */
  private static double[][] shares(int old, int side) {
    double[][] shares = new double[side][old];
    double length = (double) old / side;
    for (int i = 0; i < side; i++) {
      for (int j = 0; j < old; j++) {
        double covered = Math.min((i + 1) * length, j + 1.0) - Math.max(i * length, j);
        shares[i][j] = Math.max(covered, 0) / length;
      }
    }
    return shares;
  }
}
