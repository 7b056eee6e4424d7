package org.sememe.diffusion.pictures;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.sememe.tensors.FormatException;

/**
 * Pictures in IDX files, as MNIST and Fashion-MNIST come: {@code train-images-idx3-ubyte} beside
 * {@code train-labels-idx1-ubyte}, plain or with {@code .gz}, in a folder, in its {@code data} or
 * {@code package/data} (a package of npm, unpacked), or in a package as it was fetched.
 */
public final class IdxPictures {
  private static final int IMAGES = 0x0803;
  private static final int LABELS = 0x0801;
  private static final int LARGEST_SIDE = 4096;

  private IdxPictures() {}

  /**
   * Reads a folder or a gzipped tar archive.
   *
   * @param split {@code train} or {@code t10k}
   * @throws FormatException if a file is damaged, or the two do not belong together
   */
  public static PictureSet read(Path place, String split) throws IOException {
    Found images = find(place, split + "-images-idx3-ubyte");
    int[] numbers = labels(find(place, split + "-labels-idx1-ubyte"));
    try (DataInputStream in = images.open()) {
      int count = header(in, images.path, IMAGES);
      int height = in.readInt();
      int width = in.readInt();
      if (count != numbers.length) {
        throw new FormatException(
            images.path, 4, count + " pictures beside " + numbers.length + " labels");
      }
      if (height < 1 || width < 1 || height > LARGEST_SIDE || width > LARGEST_SIDE) {
        throw new FormatException(images.path, 8, "pictures of " + height + " x " + width);
      }
      byte[] pixels = bytes(in, images.path, (long) count * height * width);
      return new PictureSet(1, height, width, pixels, numbers);
    } catch (EOFException | ZipException cut) {
      throw new FormatException(images.path, 0, "cut short or damaged");
    }
  }

  private static int[] labels(Found file) throws IOException {
    try (DataInputStream in = file.open()) {
      byte[] bytes = bytes(in, file.path, header(in, file.path, LABELS));
      int[] labels = new int[bytes.length];
      for (int i = 0; i < bytes.length; i++) {
        labels[i] = Byte.toUnsignedInt(bytes[i]);
      }
      return labels;
    } catch (EOFException | ZipException cut) {
      throw new FormatException(file.path, 0, "cut short or damaged");
    }
  }

  private static int header(DataInputStream in, Path file, int magic) throws IOException {
    int found = in.readInt();
    int count = in.readInt();
    if (found != magic || count < 1) {
      throw new FormatException(file, 0, "not an IDX file of unsigned bytes of this rank");
    }
    return count;
  }

  /** No more is allocated than the file really holds. */
  private static byte[] bytes(InputStream in, Path file, long count) throws IOException {
    if (count > Integer.MAX_VALUE - 8) {
      throw new FormatException(file, 4, count + " bytes are more than are read here");
    }
    byte[] read = in.readNBytes((int) count);
    if (read.length < count) {
      throw new FormatException(file, 0, "holds " + read.length + " of " + count + " values");
    }
    return read;
  }

  /** A file's name, for messages, and its bytes. */
  private record Found(Path path, InputStream raw) {
    DataInputStream open() throws IOException {
      try {
        boolean packed = path.toString().endsWith(".gz");
        return new DataInputStream(packed ? new GZIPInputStream(raw) : raw);
      } catch (EOFException | ZipException damaged) {
        raw.close();
        throw new FormatException(path, 0, "not a gzip file");
      }
    }
  }

  private static Found find(Path place, String name) throws IOException {
    if (Files.isRegularFile(place)) {
      InputStream packed =
          new PackedFiles(place)
              .find(name)
              .orElseThrow(() -> new FormatException(place, 0, "no " + name + " in this archive"));
      return new Found(place.resolve(name), packed);
    }
    for (String folder : new String[] {"", "data", "package/data"}) {
      for (String suffix : new String[] {"", ".gz"}) {
        Path file = place.resolve(folder).resolve(name + suffix);
        if (Files.exists(file)) {
          return new Found(file, new BufferedInputStream(Files.newInputStream(file)));
        }
      }
    }
    throw new FormatException(place, 0, "no " + name + " or " + name + ".gz in this folder");
  }
}
