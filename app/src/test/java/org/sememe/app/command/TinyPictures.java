package org.sememe.app.command;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/** MNIST's files of tiny pictures of three classes; a class is where the bright line is. */
final class TinyPictures {
  private static final int SIDE = 8;

  private TinyPictures() {}

  static void write(Path folder, String split, int count) throws IOException {
    ByteBuffer images = ByteBuffer.allocate(16 + count * SIDE * SIDE);
    images.putInt(0x803).putInt(count).putInt(SIDE).putInt(SIDE);
    ByteBuffer labels = ByteBuffer.allocate(8 + count).putInt(0x801).putInt(count);
    for (int i = 0; i < count; i++) {
      labels.put((byte) (i % 3));
      for (int at = 0; at < SIDE * SIDE; at++) {
        images.put((byte) (at / SIDE / 2 == i % 3 ? 200 + i % 50 : i % 90));
      }
    }
    Files.write(folder.resolve(split + "-images-idx3-ubyte"), images.array());
    Files.write(folder.resolve(split + "-labels-idx1-ubyte"), labels.array());
  }
}
