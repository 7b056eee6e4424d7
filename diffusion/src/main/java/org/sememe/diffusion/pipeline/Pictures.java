package org.sememe.diffusion.pipeline;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.sememe.diffusion.pictures.PictureSet;
import org.sememe.tensors.TensorMemory;

/**
 * Finished pictures, eight bits a value.
 *
 * @param count how many
 * @param channels 1 or 3
 * @param values {@code [count, height, width, channels]}, 0 to 255
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Pictures(int count, int height, int width, int channels, byte[] values) {
  /**
   * Pictures in [-1, 1], {@code [count, channels, height, width]}: {@code x / 2 + 0.5}, cut, times
   * 255, rounded half to even.
   */
  public static Pictures of(Tensor pictures) {
    int count = Math.toIntExact(pictures.size(0));
    int channels = Math.toIntExact(pictures.size(1));
    int height = Math.toIntExact(pictures.size(2));
    int width = Math.toIntExact(pictures.size(3));
    float[] rows = TensorMemory.floats(pictures.permute(0, 2, 3, 1));
    byte[] values = new byte[rows.length];
    for (int i = 0; i < rows.length; i++) {
      float share = Math.clamp(rows[i] / 2 + 0.5f, 0, 1);
      values[i] = (byte) (int) Math.rint(share * 255f);
    }
    return new Pictures(count, height, width, channels, values);
  }

  /** One picture of three channels. */
  public static Pictures of(BufferedImage image) {
    int width = image.getWidth();
    byte[] values = new byte[3 * image.getHeight() * width];
    for (int at = 0; at < values.length / 3; at++) {
      int pixel = image.getRGB(at % width, at / width);
      values[3 * at] = (byte) (pixel >> 16);
      values[3 * at + 1] = (byte) (pixel >> 8);
      values[3 * at + 2] = (byte) pixel;
    }
    return new Pictures(1, image.getHeight(), width, 3, values);
  }

  /** The same pictures, channel by channel, with what they are of. */
  public PictureSet labelled(int[] labels) {
    int size = height * width;
    byte[] planes = new byte[values.length];
    for (int i = 0; i < count; i++) {
      for (int at = 0; at < size; at++) {
        for (int c = 0; c < channels; c++) {
          planes[(i * channels + c) * size + at] = values[(i * size + at) * channels + c];
        }
      }
    }
    return new PictureSet(channels, height, width, planes, labels);
  }

  /**
   * Pictures of one size, one after the other.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Pictures joined(List<Pictures> parts) {
    if (parts.isEmpty()) {
      throw new IllegalArgumentException("no pictures to join");
    }
    Pictures first = parts.getFirst();
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    parts.forEach(part -> all.writeBytes(part.values));
    int count = parts.stream().mapToInt(Pictures::count).sum();
    return new Pictures(count, first.height, first.width, first.channels, all.toByteArray());
  }

  /** One of them. */
  public Pictures one(int picture) {
    int size = height * width * channels;
    return new Pictures(
        1,
        height,
        width,
        channels,
        Arrays.copyOfRange(values, picture * size, (picture + 1) * size));
  }

  /** All pictures side by side, as one image. */
  public BufferedImage sheet() {
    return sheet(count);
  }

  /** All pictures in lines of {@code columns}, as one image; what is left over stays black. */
  public BufferedImage sheet(int columns) {
    BufferedImage image =
        new BufferedImage(
            width * columns, height * Math.ceilDiv(count, columns), BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < count; i++) {
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          int at = ((i * height + y) * width + x) * channels;
          int red = Byte.toUnsignedInt(values[at]);
          int green = Byte.toUnsignedInt(values[at + (channels == 3 ? 1 : 0)]);
          int blue = Byte.toUnsignedInt(values[at + (channels == 3 ? 2 : 0)]);
          image.setRGB(
              i % columns * width + x, i / columns * height + y, red << 16 | green << 8 | blue);
        }
      }
    }
    return image;
  }
}
