package org.sememe.diffusion.pictures;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A file or folder of labelled pictures of one of the forms that are read: a packed set, a folder
 * with a table, a folder of a folder for each class, the emoji's package, or IDX files.
 *
 * @param path what is there decides the form
 */
public record PicturePlace(Path path) {
  /**
   * One part of the pictures, in squares.
   *
   * @param side to which they are shrunk by area
   * @throws IOException if nothing of these forms is there, or it is damaged
   */
  public NamedPictures read(PictureSplit split, int side) throws IOException {
    Optional<PictureTable> table = PictureTable.of(path);
    if (table.isPresent()) {
      return table.get().read(split, side);
    }
    if (path.toString().endsWith(PackedPictures.ENDING)) {
      return new PackedPictures(path).read(split).resized(side);
    }
    if (Files.isDirectory(path.resolve("train"))) {
      return NamedPictures.of(PngPictures.read(path.resolve(split.key()))).resized(side);
    }
    if (Files.isRegularFile(path) && EmojiPictures.in(path)) {
      return new EmojiPictures(path).read(split, side);
    }
    return NamedPictures.of(IdxPictures.read(path, split.idx())).resized(side);
  }
}
