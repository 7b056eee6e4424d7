package org.sememe.diffusion.pictures;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.sememe.models.sources.TarFile;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.Sha256;

/**
 * Colour emoji in the npm package {@code emoji-datasource-google}: 64 x 64, on white, each with its
 * name as a caption and its category as a class. Variants of skin colour are left out. One in ten
 * is held out, by what it shows and not by its whole name: a man, a woman and a person who do the
 * same, facing either way, stay together, and so do files of the same bytes, as flags of islands
 * are.
 *
 * @param archive the package
 */
record EmojiPictures(Path archive) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String TABLE = "emoji.json";
  private static final String IMAGES = "package/img/google/64/";

  /** What is known of an emoji. */
  private record Emoji(String name, String category) {
    private static final Set<String> PERSONS =
        Set.of("man", "men", "woman", "women", "person", "people", "male", "female", "boy", "girl");

    /** What it shows without who does it and where they look; the whole name if nothing is left. */
    String shown() {
      String rest =
          Arrays.stream(name.replace("facing right", "").split("[^\\p{L}\\p{N}]+"))
              .filter(word -> !word.isEmpty() && !PERSONS.contains(word))
              .collect(Collectors.joining(" "));
      return rest.isEmpty() ? "person" : rest;
    }
  }

  /** Sees a file of the archive. */
  @FunctionalInterface
  private interface Visitor {
    void visit(String name, InputStream content) throws IOException;
  }

  /** Whether an archive is such a package. */
  static boolean in(Path archive) throws IOException {
    return new PackedFiles(archive).find(TABLE).isPresent();
  }

  /**
   * One part of the pictures, in the order of their files' names.
   *
   * @throws FormatException if the package is damaged
   */
  NamedPictures read(PictureSplit split, int side) throws IOException {
    Map<String, Emoji> known = known();
    List<String> classes =
        known.values().stream().map(Emoji::category).distinct().sorted().toList();
    Map<String, byte[]> images = new TreeMap<>();
    each(
        (path, content) -> {
          String file = path.startsWith(IMAGES) ? path.substring(IMAGES.length()) : "";
          if (known.containsKey(file)) {
            images.put(file, content.readAllBytes());
          }
        });
    Map<String, String> firstShown = new HashMap<>();
    PictureGathering pictures = new PictureGathering(side);
    for (Map.Entry<String, byte[]> image : images.entrySet()) {
      Emoji emoji = known.get(image.getKey());
      String shown =
          firstShown.computeIfAbsent(Sha256.of(image.getValue()), first -> emoji.shown());
      if (PictureSplit.ofName(shown) != split) {
        continue;
      }
      try (InputStream in = new ByteArrayInputStream(image.getValue())) {
        pictures.add(
            archive.resolve(image.getKey()), in, classes.indexOf(emoji.category()), emoji.name());
      }
    }
    return pictures.done(archive, classes);
  }

  private Map<String, Emoji> known() throws IOException {
    try (InputStream in =
        new PackedFiles(archive)
            .find(TABLE)
            .orElseThrow(() -> new FormatException(archive, 0, "no " + TABLE))) {
      Map<String, Emoji> known = new TreeMap<>();
      for (JsonNode emoji : JSON.readTree(in)) {
        String name = emoji.path("name").asText();
        String called = name.isEmpty() ? emoji.path("short_name").asText() : name;
        known.put(
            emoji.path("image").asText(),
            new Emoji(called.toLowerCase(Locale.ROOT), emoji.path("category").asText()));
      }
      return known;
    } catch (JsonProcessingException e) {
      throw new FormatException(archive, 0, TABLE + " is not JSON");
    }
  }

  private void each(Visitor visitor) throws IOException {
    try (InputStream in =
        new GZIPInputStream(new BufferedInputStream(Files.newInputStream(archive)))) {
      TarFile tar = new TarFile(in);
      for (Optional<String> path = tar.next(); path.isPresent(); path = tar.next()) {
        visitor.visit(path.get(), tar.content());
      }
    } catch (EOFException | ZipException damaged) {
      throw new FormatException(archive, 0, "cut short, or not a gzipped archive");
    }
  }
}
