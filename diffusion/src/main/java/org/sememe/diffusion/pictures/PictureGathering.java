package org.sememe.diffusion.pictures;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import org.sememe.tensors.FormatException;

/**
 * Pictures of any size, brought to one as they are read, so that large ones are never held
 * together: the largest square in the middle, shrunk by area. What is transparent is white. Not
 * thread-safe.
 *
 * @see PictureSet#resized
 */
final class PictureGathering {
  private static final int LARGEST_SIDE = 16_384;
  private static final long MOST_VALUES = 1 << 30;
  private static final int CHANNELS = 3;

  private final int side;
  private final ByteArrayOutputStream values = new ByteArrayOutputStream();
  private final List<Integer> labels = new ArrayList<>();
  private final List<String> captions = new ArrayList<>();
  private boolean grey = true;

  /** Brings pictures to a side. */
  PictureGathering(int side) {
    this.side = side;
  }

  /**
   * Adds a picture.
   *
   * @param name for messages
   * @param in a PNG or JPEG file
   * @throws FormatException if it is damaged, too large, or smaller than the side
   */
  void add(Path name, InputStream in, int label, String caption) throws IOException {
    BufferedImage square = square(name, read(name, in));
    int size = square.getWidth();
    byte[] planes = new byte[CHANNELS * size * size];
    for (int at = 0; at < size * size; at++) {
      int pixel = square.getRGB(at % size, at / size);
      for (int channel = 0; channel < CHANNELS; channel++) {
        planes[channel * size * size + at] = (byte) (pixel >> (16 - 8 * channel));
      }
    }
    byte[] small = new PictureSet(CHANNELS, size, size, planes, new int[1]).resized(side).pixels();
    if (values.size() + (long) small.length > MOST_VALUES) {
      throw new FormatException(name, 0, "with this picture there are too many pixels");
    }
    int plane = side * side;
    grey =
        grey
            && Arrays.equals(small, 0, plane, small, plane, 2 * plane)
            && Arrays.equals(small, 0, plane, small, 2 * plane, 3 * plane);
    values.writeBytes(small);
    labels.add(label);
    captions.add(caption);
  }

  /** Its size is looked at before anything is made of it. */
  private static BufferedImage read(Path name, InputStream bytes) throws IOException {
    try (ImageInputStream in = ImageIO.createImageInputStream(bytes)) {
      Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
      if (!readers.hasNext()) {
        throw new FormatException(name, 0, "not a PNG or JPEG picture, or damaged");
      }
      ImageReader reader = readers.next();
      try {
        if (!List.of("png", "JPEG").contains(reader.getFormatName())) {
          throw new FormatException(
              name, 0, "a " + reader.getFormatName() + " picture: PNG and JPEG are read");
        }
        reader.setInput(in, /* seekForwardOnly= */ true, /* ignoreMetadata= */ true);
        if (reader.getWidth(0) > LARGEST_SIDE || reader.getHeight(0) > LARGEST_SIDE) {
          throw new FormatException(
              name, 0, "a picture of " + reader.getHeight(0) + " x " + reader.getWidth(0));
        }
        return reader.read(0);
      } finally {
        reader.dispose();
      }
    } catch (FormatException e) {
      throw e;
    } catch (IOException | RuntimeException damaged) { // readers throw either
      throw new FormatException(name, 0, "not a PNG or JPEG picture, or damaged");
    }
  }

  private BufferedImage square(Path name, BufferedImage image) throws FormatException {
    int size = Math.min(image.getWidth(), image.getHeight());
    if (size < side) {
      throw new FormatException(
          name,
          0,
          "%d x %d, which cannot be shrunk to a side of %d"
              .formatted(image.getHeight(), image.getWidth(), side));
    }
    BufferedImage square = new BufferedImage(size, size, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = square.createGraphics();
    graphics.setColor(Color.WHITE);
    graphics.fillRect(0, 0, size, size);
    graphics.drawImage(
        image, -(image.getWidth() - size) / 2, -(image.getHeight() - size) / 2, null);
    graphics.dispose();
    return square;
  }

  /**
   * What was added; of one channel if all are grey.
   *
   * @throws IOException naming {@code place} if nothing was
   */
  NamedPictures done(Path place, List<String> classes) throws IOException {
    if (labels.isEmpty()) {
      throw new IOException(place + ": no pictures of this part (train or test)");
    }
    int plane = side * side;
    byte[] all = values.toByteArray();
    int channels = grey ? 1 : CHANNELS;
    if (grey) {
      byte[] one = new byte[all.length / CHANNELS];
      for (int i = 0; i < labels.size(); i++) {
        System.arraycopy(all, i * CHANNELS * plane, one, i * plane, plane);
      }
      all = one;
    }
    int[] numbers = labels.stream().mapToInt(Integer::intValue).toArray();
    boolean silent = captions.stream().allMatch(String::isEmpty);
    return new NamedPictures(
        new PictureSet(channels, side, side, all, numbers), classes, silent ? List.of() : captions);
  }
}
