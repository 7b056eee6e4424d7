package org.sememe.diffusion.pictures;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPOutputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.Torch;

/** Pictures with labels and captions: folders with a table, emoji, packed sets. */
class PicturePlaceTest {
  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    Torch.start(1);
  }

  private static BufferedImage plain(int width, int height, int colour) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < width * height; i++) {
      image.setRGB(i % width, i / width, colour);
    }
    return image;
  }

  private static byte[] encoded(BufferedImage image, String format) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertThat(ImageIO.write(image, format, out)).isTrue();
    return out.toByteArray();
  }

  private void table(String name, String... lines) throws IOException {
    Files.write(folder.resolve(name), List.of(lines));
  }

  private NamedPictures read(PictureSplit split, int side) throws IOException {
    return new PicturePlace(folder).read(split, side);
  }

  @Test
  void aTableTellsLabelsCaptionsAndParts() throws IOException {
    BufferedImage wide = plain(8, 4, 0x000000);
    for (int y = 0; y < 4; y++) {
      for (int x = 2; x < 6; x++) {
        wide.setRGB(x, y, 0x0a141e); // only the square in the middle is taken
      }
    }
    Files.write(folder.resolve("wide.png"), encoded(wide, "png"));
    Files.write(folder.resolve("grey.jpg"), encoded(plain(16, 16, 0x808080), "jpg"));
    Files.write(folder.resolve("held.png"), encoded(plain(4, 4, 0xff0000), "png"));
    table(
        "metadata.csv",
        "file_name,label,caption,split",
        "wide.png,zebra,\"a wide one, \"\"dark\"\"\",train",
        "grey.jpg,ant,grey,train",
        "held.png,cat,red,test");
    NamedPictures train = read(PictureSplit.TRAIN, 2);
    assertThat(train.classes()).containsExactly("ant", "cat", "zebra");
    assertThat(train.set().labels()).containsExactly(2, 0);
    assertThat(train.captions()).containsExactly("a wide one, \"dark\"", "grey");
    assertThat(train.set().channels()).isEqualTo(3);
    assertThat(Arrays.copyOf(train.set().pixels(), 12))
        .containsExactly(10, 10, 10, 10, 20, 20, 20, 20, 30, 30, 30, 30);
    assertThat(train.set().pixels()[12] & 0xff).isBetween(0x7e, 0x82);
    assertThat(read(PictureSplit.TEST, 2).set().labels()).containsExactly(1);
  }

  @Test
  void withoutPartsOneInTenIsHeldOutAndGreyIsOneChannel() throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 200; i++) {
      Files.write(folder.resolve(i + ".png"), encoded(plain(2, 2, 0x010101 * i), "png"));
      lines.append("{\"file_name\": \"%d.png\", \"text\": \"number %d\"}%n".formatted(i, i));
    }
    Files.writeString(folder.resolve("metadata.jsonl"), lines);
    NamedPictures train = read(PictureSplit.TRAIN, 1);
    NamedPictures test = read(PictureSplit.TEST, 1);
    assertThat(train.set().count() + test.set().count()).isEqualTo(200);
    assertThat(test.set().count()).isBetween(8, 35);
    assertThat(train.set().channels()).isEqualTo(1);
    assertThat(train.classes()).isEmpty();
    for (int i = 0; i < train.set().count(); i++) {
      assertThat(train.captions().get(i))
          .isEqualTo("number " + Byte.toUnsignedInt(train.set().pixels()[i]));
    }
  }

  @Test
  void whatDoesNotFitIsNamed() throws IOException {
    Files.write(folder.resolve("small.png"), encoded(plain(2, 3, 0), "png"));
    Files.write(folder.resolve("no.png"), new byte[] {1, 2, 3});
    Files.write(folder.resolve("picture.gif"), encoded(plain(9, 9, 0), "gif"));
    String head = "file_name,label,split";
    table("metadata.csv", head, "small.png,a,train");
    refused("small.png", "3 x 2", "side of 4");
    table("metadata.csv", head, "no.png,a,train");
    refused("no.png", "not a PNG or JPEG");
    table("metadata.csv", head, "picture.gif,a,train");
    refused("picture.gif", "gif picture");
    table("metadata.csv", head, "../small.png,a,train");
    refused("not below the folder");
    table("metadata.csv", head, "small.png,a,other");
    refused("split 'other'");
    table("metadata.csv", head, "small.png,a");
    refused("2 fields, where the header has 3");
    table("metadata.csv", head, "small.png,a,test");
    refused("no pictures of this part");
  }

  private void refused(String... what) {
    assertThatThrownBy(() -> read(PictureSplit.TRAIN, 4))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(what);
  }

  @Test
  void emojiAreCaptionedByTheirNamesAndStandOnWhite() throws IOException {
    BufferedImage face = new BufferedImage(4, 4, BufferedImage.TYPE_INT_ARGB);
    face.setRGB(0, 0, 0xffff0000);
    StringBuilder json = new StringBuilder("[");
    ByteBuffer tar = ByteBuffer.allocate(1 << 20);
    for (int i = 0; i < 100; i++) {
      json.append(i == 0 ? "" : ",")
          .append(
              "{\"name\": \"FACE %d\", \"image\": \"%d.png\", \"category\": \"%s\"}"
                  .formatted(i, i, i % 2 == 0 ? "People" : "Animals"));
    }
    entry(tar, "package/emoji.json", (json + "]").getBytes(StandardCharsets.UTF_8));
    for (int i = 0; i < 100; i++) {
      face.setRGB(3, 3, i); // nobody sees it, but files differ
      entry(tar, "package/img/google/64/" + i + ".png", encoded(face, "png"));
    }
    entry(tar, "package/img/google/64/of-a-skin-colour.png", encoded(face, "png"));
    Path archive = folder.resolve("emoji.tgz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(archive))) {
      out.write(tar.array());
    }
    NamedPictures train = new PicturePlace(archive).read(PictureSplit.TRAIN, 2);
    NamedPictures test = new PicturePlace(archive).read(PictureSplit.TEST, 2);
    assertThat(train.set().count() + test.set().count()).isEqualTo(100);
    assertThat(train.captions()).doesNotContainAnyElementsOf(test.captions());
    assertThat(train.classes()).containsExactly("Animals", "People");
    int number = Integer.parseInt(train.captions().getFirst().replace("face ", ""));
    assertThat(train.set().labels()[0]).isEqualTo(number % 2 == 0 ? 1 : 0);
    // A quarter of the first place is red, the rest of the picture white.
    assertThat(Arrays.copyOf(train.set().pixels(), 8))
        .containsExactly(-1, -1, -1, -1, (byte) 191, -1, -1, -1);
  }

  /** Who does it, where they look, and other files of the same bytes: all on one side. */
  @Test
  void emojiThatAreAlikeAreHeldOutTogether() throws IOException {
    List<String> kinds =
        List.of("WOMAN %d RUNNING", "MAN %d RUNNING FACING RIGHT", "%d RUNNING", "ISLAND %d FLAG");
    StringBuilder json = new StringBuilder("[");
    ByteBuffer tar = ByteBuffer.allocate(1 << 20);
    for (int i = 0; i < 160; i++) {
      String name = kinds.get(i % 4).formatted(i / 4);
      json.append(i == 0 ? "" : ",")
          .append(
              "{\"name\": \"%s\", \"image\": \"%03d.png\", \"category\": \"c\"}"
                  .formatted(name, i));
    }
    entry(tar, "package/emoji.json", (json + "]").getBytes(StandardCharsets.UTF_8));
    BufferedImage face = new BufferedImage(4, 4, BufferedImage.TYPE_INT_ARGB);
    for (int i = 0; i < 160; i++) {
      face.setRGB(0, 0, 0xff000000 + (i % 4 == 3 ? i - 1 : i)); // an island's is its runner's
      entry(tar, "package/img/google/64/%03d.png".formatted(i), encoded(face, "png"));
    }
    Path archive = folder.resolve("emoji.tgz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(archive))) {
      out.write(tar.array());
    }
    List<String> held = new PicturePlace(archive).read(PictureSplit.TEST, 2).captions();
    assertThat(held).hasSizeBetween(4, 80);
    for (int i = 0; i < 40; i++) {
      for (String kind : kinds) {
        assertThat(held.contains(kind.formatted(i).toLowerCase(Locale.ROOT)))
            .as(kind, i)
            .isEqualTo(held.contains(i + " running"));
      }
    }
  }

  private static void entry(ByteBuffer tar, String name, byte[] bytes) {
    byte[] header = new byte[512];
    System.arraycopy(name.getBytes(StandardCharsets.US_ASCII), 0, header, 0, name.length());
    byte[] size = "%011o".formatted(bytes.length).getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(size, 0, header, 124, size.length);
    header[156] = '0';
    tar.put(header).put(Arrays.copyOf(bytes, Math.ceilDiv(bytes.length, 512) * 512));
  }

  @Test
  void aPackedSetIsWhatWasPackedOrRefused() throws IOException {
    RandomStream random = RandomStream.of(1).stream("pixels");
    byte[] pixels = new byte[3 * 3 * 4 * 4];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) random.nextInt();
    }
    NamedPictures train =
        new NamedPictures(
            new PictureSet(3, 4, 4, pixels, new int[] {0, 2, 1}),
            List.of("a", "b", "ü"),
            List.of("one", "", "\"three\""));
    NamedPictures test = new NamedPictures(train.set(), train.classes(), List.of());
    Path file = folder.resolve("set.safetensors");
    new PackedPictures(file).write(train, test);
    NamedPictures read = new PicturePlace(file).read(PictureSplit.TRAIN, 4);
    assertThat(read.set().pixels()).isEqualTo(pixels);
    assertThat(read.set().labels()).containsExactly(0, 2, 1);
    assertThat(read.classes()).isEqualTo(train.classes());
    assertThat(read.captions()).isEqualTo(train.captions());
    assertThat(new PicturePlace(file).read(PictureSplit.TEST, 2).set().height()).isEqualTo(2);

    byte[] whole = Files.readAllBytes(file);
    int refused = 0;
    for (int i = 0; i < 300; i++) {
      byte[] altered = whole.clone();
      int at = random.nextInt(whole.length);
      altered[at] ^= (byte) (1 << random.nextInt(8));
      Files.write(file, altered);
      try {
        NamedPictures got = new PicturePlace(file).read(PictureSplit.TRAIN, 4);
        assertThat(got.set().pixels()).as("case %d", i).isEqualTo(pixels);
      } catch (FormatException e) {
        refused++;
      }
    }
    assertThat(refused).isBetween(50, 299);
  }
}
