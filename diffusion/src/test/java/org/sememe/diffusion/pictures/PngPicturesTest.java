package org.sememe.diffusion.pictures;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.RandomStream;

/** Folders of PNG pictures. */
class PngPicturesTest {
  @TempDir private Path folder;

  private Path write(String name, BufferedImage image) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    assertThat(ImageIO.write(image, "png", file.toFile())).isTrue();
    return file;
  }

  private static BufferedImage grey(int width, int height, int first) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
    for (int i = 0; i < width * height; i++) {
      image.getRaster().setSample(i % width, i / width, 0, first + i);
    }
    return image;
  }

  @Test
  void greyPicturesAreTakenAsTheyAre() throws IOException {
    write("b/1.png", grey(3, 2, 100));
    write("a/2.png", grey(3, 2, 10));
    write("a/1.png", grey(3, 2, 250));
    Files.writeString(folder.resolve("a/notes.txt"), "no picture");
    PictureSet set = PngPictures.read(folder);
    assertThat(set.channels()).isEqualTo(1);
    assertThat(set.height()).isEqualTo(2);
    assertThat(set.width()).isEqualTo(3);
    assertThat(set.labels()).containsExactly(0, 0, 1);
    assertThat(Arrays.copyOfRange(set.pixels(), 6, 12)).containsExactly(10, 11, 12, 13, 14, 15);
    assertThat(Arrays.copyOfRange(set.pixels(), 12, 18))
        .containsExactly(100, 101, 102, 103, 104, 105);
  }

  @Test
  void colouredPicturesAreInPlanesAndTransparencyIsBlack() throws IOException {
    BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_INT_ARGB);
    image.setRGB(0, 0, 0xff102030);
    image.setRGB(1, 0, 0x00ffffff);
    write("a/1.png", image);
    write("a/2.png", grey(2, 1, 7));
    PictureSet set = PngPictures.read(folder);
    assertThat(set.channels()).isEqualTo(3);
    assertThat(Arrays.copyOf(set.pixels(), 6)).containsExactly(0x10, 0, 0x20, 0, 0x30, 0);
  }

  @Test
  void ofSixteenBitsTheUpperOnesAreTaken() throws IOException {
    BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_USHORT_GRAY);
    image.getRaster().setSample(0, 0, 0, 0x12ff);
    image.getRaster().setSample(1, 0, 0, 0x3400);
    write("a/1.png", image);
    assertThat(PngPictures.read(folder).pixels()).containsExactly(0x12, 0x34);
  }

  @Test
  void whatDoesNotFitIsNamed() throws IOException {
    assertThatThrownBy(() -> PngPictures.read(folder)).hasMessageContaining("no folder of a class");
    write("a/1.png", grey(3, 2, 0));
    Path other = write("b/1.png", grey(2, 2, 0));
    assertThatThrownBy(() -> PngPictures.read(folder))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining(other.toString())
        .hasMessageContaining("2 x 2, where the first picture is 2 x 3");
    Files.delete(other);
    Path wide = write("b/2.png", new BufferedImage(5000, 1, BufferedImage.TYPE_BYTE_GRAY));
    assertThatThrownBy(() -> PngPictures.read(folder)).hasMessageContaining("1 x 5000");
    Files.delete(wide);
    Files.writeString(folder.resolve("b/3.png"), "no picture");
    assertThatThrownBy(() -> PngPictures.read(folder))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("3.png");
  }

  /** 500 seeded changes of one file: read or refused. */
  @Test
  void damageIsReadOrRefused() throws IOException {
    Path file = write("a/1.png", grey(9, 7, 3));
    byte[] valid = Files.readAllBytes(file);
    int refused = 0;
    for (int i = 0; i < 500; i++) {
      RandomStream random = RandomStream.of(4).stream("png").stream(i);
      byte[] altered = valid.clone();
      altered[random.nextInt(altered.length)] = (byte) random.nextInt();
      Files.write(file, altered);
      try {
        assertThat(PngPictures.read(folder).count()).isEqualTo(1);
      } catch (FormatException e) {
        refused++;
        assertThat(e.getMessage().lines().count()).as("case %d", i).isEqualTo(1);
      }
    }
    assertThat(refused).isBetween(50, 499);
  }
}
