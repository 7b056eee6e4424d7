package org.sememe.diffusion.pictures;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;

/** Reading, shrinking and handing out pictures. */
class PictureSetTest {
  @TempDir private Path folder;

  private static byte[] random(int count) {
    byte[] bytes = new byte[count];
    RandomStream random = RandomStream.of(9);
    for (int i = 0; i < count; i++) {
      bytes[i] = (byte) random.nextInt(256);
    }
    return bytes;
  }

  private static byte[] idx(int magic, byte[] values, int... sizes) {
    ByteBuffer buffer = ByteBuffer.allocate(4 + 4 * sizes.length + values.length).putInt(magic);
    Arrays.stream(sizes).forEach(buffer::putInt);
    return buffer.put(values).array();
  }

  private void write(byte[] images, byte[] labels) throws IOException {
    Files.write(folder.resolve("train-images-idx3-ubyte"), images);
    try (OutputStream out =
        new GZIPOutputStream(Files.newOutputStream(folder.resolve("train-labels-idx1-ubyte.gz")))) {
      out.write(labels);
    }
  }

  @Test
  void idxFilesAreReadPlainAndPacked() throws IOException {
    byte[] pixels = random(3 * 4 * 5);
    write(idx(0x803, pixels, 3, 4, 5), idx(0x801, new byte[] {2, 0, 1}, 3));
    PictureSet set = IdxPictures.read(folder, "train");

    assertThat(set.pixels()).isEqualTo(pixels);
    assertThat(set.labels()).containsExactly(2, 0, 1);
    assertThat(set.height()).isEqualTo(4);
    assertThat(set.width()).isEqualTo(5);
    assertThat(set.classes()).isEqualTo(3);
  }

  /** A package as npm fetches it, whole and cut short anywhere. */
  @Test
  void packagesAreRead() throws IOException {
    byte[] pixels = random(3 * 4 * 5);
    ByteBuffer tar = ByteBuffer.allocate(8 * 512);
    entry(tar, "package/readme.md", new byte[700]);
    entry(tar, "package/data/train-images-idx3-ubyte", idx(0x803, pixels, 3, 4, 5));
    entry(tar, "package/data/train-labels-idx1-ubyte", idx(0x801, new byte[] {2, 0, 1}, 3));
    Path packed = folder.resolve("pictures.tgz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(packed))) {
      out.write(tar.array());
    }

    PictureSet set = IdxPictures.read(packed, "train");
    assertThat(set.pixels()).isEqualTo(pixels);
    assertThat(set.labels()).containsExactly(2, 0, 1);
    assertThatThrownBy(() -> IdxPictures.read(packed, "t10k"))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("t10k-images");
    byte[] whole = Files.readAllBytes(packed);
    for (int length = 0; length < whole.length - 20; length += 7) {
      Files.write(packed, Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> IdxPictures.read(packed, "train"))
          .isInstanceOf(FormatException.class);
    }
  }

  private static void entry(ByteBuffer tar, String name, byte[] bytes) {
    byte[] header = new byte[512];
    System.arraycopy(name.getBytes(StandardCharsets.UTF_8), 0, header, 0, name.length());
    byte[] size = "%011o".formatted(bytes.length).getBytes(StandardCharsets.UTF_8);
    System.arraycopy(size, 0, header, 124, size.length);
    header[156] = '0';
    tar.put(header).put(Arrays.copyOf(bytes, Math.ceilDiv(bytes.length, 512) * 512));
  }

  @Test
  void damagedFilesAreNamed() throws IOException {
    byte[] images = idx(0x803, random(3 * 4 * 5), 3, 4, 5);
    byte[] labels = idx(0x801, new byte[] {2, 0, 1}, 3);
    for (int length = 0; length < images.length; length++) {
      write(Arrays.copyOf(images, length), labels);
      refused("train-images");
    }
    write(idx(0x803, random(20), Integer.MAX_VALUE, 4, 5), idx(0x801, new byte[3], 3));
    refused("train-images");
    write(idx(0x801, random(60), 3, 4, 5), labels);
    refused("train-images");
    write(images, idx(0x801, new byte[] {1}, 1));
    refused("1 labels");
    Files.write(folder.resolve("train-labels-idx1-ubyte.gz"), new byte[] {1, 2, 3, 4});
    refused("train-labels");
  }

  private void refused(String what) {
    assertThatThrownBy(() -> IdxPictures.read(folder, "train"))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining(what);
  }

  /** Halving averages two by two; any shrinking keeps the mean. */
  @Test
  void areasAreAveraged() {
    PictureSet set =
        new PictureSet(1, 2, 4, new byte[] {0, 100, 10, 20, 50, 50, 30, 40}, new int[] {0});
    assertThat(new PictureSet(1, 4, 4, repeated(set.pixels()), new int[] {0}).resized(2).pixels())
        .containsExactly(50, 25, 50, 25);

    PictureSet noise = new PictureSet(2, 28, 28, random(2 * 28 * 28), new int[] {0});
    for (int side : new int[] {1, 5, 16, 27}) {
      assertThat(mean(noise.resized(side))).isBetween(mean(noise) - 0.5, mean(noise) + 0.5);
    }
    assertThat(noise.resized(28)).isSameAs(noise);
    assertThatThrownBy(() -> noise.resized(29)).hasMessageContaining("29");
  }

  /** A sample of pictures in an order has some of all of it, each once and with its label. */
  @Test
  void shuffledPicturesAreAllThere() {
    int count = 1000;
    byte[] pixels = new byte[count * 2];
    int[] labels = new int[count];
    for (int i = 0; i < count; i++) {
      pixels[2 * i] = (byte) i;
      pixels[2 * i + 1] = (byte) (i >> 8);
      labels[i] = i;
    }
    PictureSet mixed =
        new PictureSet(1, 1, 2, pixels, labels).shuffled(RandomStream.of(4)).part(100, count);
    assertThat(mixed.labels()).hasSize(900).doesNotHaveDuplicates();
    for (int i = 0; i < mixed.count(); i++) {
      assertThat(mixed.select(new int[] {i}).pixels())
          .containsExactly(mixed.labels()[i] & 0xff, mixed.labels()[i] >> 8);
    }
    assertThat(Arrays.stream(mixed.labels()).limit(200).average().orElseThrow())
        .isBetween(400.0, 600.0);
  }

  @Test
  void picturesOfLabelsAreTakenOnce() {
    PictureSet set =
        new PictureSet(1, 1, 1, new byte[] {10, 11, 12, 13, 14}, new int[] {0, 1, 0, 1, 0});
    PictureSet found = set.ofLabels(new int[] {1, 0, 0}).orElseThrow();
    assertThat(found.labels()).containsExactly(1, 0, 0);
    assertThat(found.pixels()).containsExactly(11, 10, 12);
    assertThat(set.ofLabels(new int[] {1, 1, 1})).isEmpty();
    assertThat(set.ofLabels(new int[] {2})).isEmpty();
  }

  private static byte[] repeated(byte[] half) {
    byte[] whole = Arrays.copyOf(half, 2 * half.length);
    System.arraycopy(half, 0, whole, half.length, half.length);
    return whole;
  }

  private static double mean(PictureSet set) {
    double sum = 0;
    for (byte value : set.pixels()) {
      sum += Byte.toUnsignedInt(value);
    }
    return sum / set.pixels().length;
  }

  @Test
  void tensorsReachFromMinusOneToOne() {
    Torch.start(1);
    PictureSet set = new PictureSet(1, 1, 2, new byte[] {0, (byte) 255, 51, 0}, new int[] {0, 1});
    try (PointerScope scope = new PointerScope()) {
      assertThat(TensorMemory.floats(set.tensor(new int[] {1, 0})))
          .containsExactly(-0.6f, -1, -1, 1);
    }
  }
}
