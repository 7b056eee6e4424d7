package org.sememe.diffusion.pictures;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.sememe.models.text.TableFile;
import org.sememe.tensors.FormatException;

/**
 * A folder of PNG and JPEG pictures with a table of what they show: {@code metadata.csv}, {@code
 * .tsv} or {@code .jsonl} with columns {@code file_name} and {@code label}, {@code caption} (or
 * {@code text}), or both, as the Hub's image folders have them. Labels count the names of all rows
 * in their order. A column {@code split} says train or test; without it one in ten is held out, by
 * its caption where it has one, so that nobody trains on a caption that is held out.
 */
record PictureTable(Path folder, Path table) {
  /** The table of a folder, if it has one. */
  static Optional<PictureTable> of(Path folder) {
    return Stream.of("metadata.csv", "metadata.tsv", "metadata.jsonl")
        .map(folder::resolve)
        .filter(Files::isRegularFile)
        .findFirst()
        .map(table -> new PictureTable(folder, table));
  }

  /**
   * One part of the pictures.
   *
   * @throws IOException if a file is missing, damaged or smaller than the side
   */
  NamedPictures read(PictureSplit split, int side) throws IOException {
    List<Map<String, String>> rows = TableFile.read(table);
    List<String> classes =
        rows.stream().map(row -> row.getOrDefault("label", "")).distinct().sorted().toList();
    PictureGathering pictures = new PictureGathering(side);
    for (Map<String, String> row : rows) {
      String name = row.getOrDefault("file_name", "");
      if (name.isEmpty()) {
        throw new FormatException(table, 0, "a row has no file_name");
      }
      String caption = row.getOrDefault("caption", row.getOrDefault("text", ""));
      if (split(row, caption.isEmpty() ? name : caption) != split) {
        continue;
      }
      Path file = folder.resolve(name).normalize();
      if (!file.startsWith(folder.normalize())) {
        throw new FormatException(table, 0, name + " is not below the folder");
      }
      try (InputStream in = Files.newInputStream(file)) {
        pictures.add(file, in, classes.indexOf(row.getOrDefault("label", "")), caption);
      }
    }
    return pictures.done(folder, classes.equals(List.of("")) ? List.of() : classes);
  }

  private PictureSplit split(Map<String, String> row, String name) throws FormatException {
    String told = row.getOrDefault("split", "");
    return switch (told) {
      case "" -> PictureSplit.ofName(name);
      case "train" -> PictureSplit.TRAIN;
      case "test", "validation" -> PictureSplit.TEST;
      default -> throw new FormatException(table, 0, "split '" + told + "': train or test");
    };
  }
}
