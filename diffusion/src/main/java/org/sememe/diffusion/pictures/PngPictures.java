package org.sememe.diffusion.pictures;

import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import org.sememe.tensors.FormatException;

/**
 * Pictures in PNG files, in a folder of a folder for each class: {@code cats/1.png}. Labels count
 * the classes in the order of their names. All pictures are of one size; they have one channel if
 * all are grey, else three. What is transparent is black.
 */
public final class PngPictures {
  private static final int LARGEST_SIDE = 4096;
  private static final int MOST_PIXELS = 1 << 30;

  private PngPictures() {}

  /**
   * Reads the pictures of all classes.
   *
   * @throws FormatException if a file is damaged, of another size than the first, or too large
   * @throws IOException if there is no class with a picture
   */
  public static PictureSet read(Path folder) throws IOException {
    List<BufferedImage> images = new ArrayList<>();
    List<Integer> labels = new ArrayList<>();
    List<Path> classes = listed(folder, Files::isDirectory);
    long pixels = 0;
    for (int label = 0; label < classes.size(); label++) {
      for (Path file : listed(classes.get(label), PngPictures::isPng)) {
        BufferedImage image = image(file);
        BufferedImage first = images.isEmpty() ? image : images.getFirst();
        if (image.getWidth() != first.getWidth() || image.getHeight() != first.getHeight()) {
          throw new FormatException(
              file,
              0,
              "%d x %d, where the first picture is %d x %d"
                  .formatted(
                      image.getHeight(), image.getWidth(), first.getHeight(), first.getWidth()));
        }
        pixels += (long) image.getWidth() * image.getHeight();
        if (pixels > MOST_PIXELS / 3) {
          throw new FormatException(file, 0, "with this picture there are too many pixels");
        }
        images.add(image);
        labels.add(label);
      }
    }
    if (images.isEmpty()) {
      throw new IOException(folder + ": no folder of a class with .png files in it");
    }
    return set(images, labels);
  }

  private static boolean isPng(Path file) {
    return file.getFileName().toString().endsWith(".png");
  }

  private static List<Path> listed(Path folder, Predicate<Path> wanted) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(wanted).sorted().toList();
    }
  }

  /** Its size is looked at before anything is made of it. */
  private static BufferedImage image(Path file) throws IOException {
    try (ImageInputStream in = ImageIO.createImageInputStream(file.toFile())) {
      Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName("png");
      ImageReader reader = readers.next();
      try {
        reader.setInput(in, /* seekForwardOnly= */ true, /* ignoreMetadata= */ true);
        int width = reader.getWidth(0);
        int height = reader.getHeight(0);
        if (width > LARGEST_SIDE || height > LARGEST_SIDE) {
          throw new FormatException(file, 16, "a picture of " + height + " x " + width);
        }
        return reader.read(0);
      } finally {
        reader.dispose();
      }
    } catch (FormatException e) {
      throw e;
    } catch (IOException | RuntimeException damaged) { // the reader throws either
      throw new FormatException(file, 0, "not a PNG picture, or damaged");
    }
  }

  private static PictureSet set(List<BufferedImage> images, List<Integer> labels) {
    int width = images.getFirst().getWidth();
    int height = images.getFirst().getHeight();
    boolean grey = images.stream().map(BufferedImage::getColorModel).allMatch(PngPictures::grey);
    int channels = grey ? 1 : 3;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (BufferedImage image : images) {
      for (int channel = 0; channel < channels; channel++) {
        for (int y = 0; y < height; y++) {
          for (int x = 0; x < width; x++) {
            bytes.write(grey ? sample(image, x, y) : part(image, x, y, channel));
          }
        }
      }
    }
    return new PictureSet(
        channels,
        height,
        width,
        bytes.toByteArray(),
        labels.stream().mapToInt(Integer::intValue).toArray());
  }

  private static boolean grey(ColorModel colours) {
    return colours.getNumColorComponents() == 1 && !colours.hasAlpha();
  }

  /** Of 16 bits the upper ones. */
  private static int sample(BufferedImage image, int x, int y) {
    int bits = image.getColorModel().getComponentSize(0);
    return image.getRaster().getSample(x, y, 0) >> Math.max(0, bits - Byte.SIZE);
  }

  private static int part(BufferedImage image, int x, int y, int channel) {
    int pixel = image.getRGB(x, y);
    int alpha = pixel >>> 24;
    return (pixel >> (16 - 8 * channel) & 0xff) * alpha / 255;
  }
}
