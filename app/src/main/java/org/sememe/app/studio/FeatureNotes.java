package org.sememe.app.studio;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * What people wrote about features, in a file beside the run that indexing does not touch: {@code
 * {"notes": {"3": {"label": "...", "note": "..."}}}}, keys by latent. Each change writes the whole
 * file beside itself and renames it. Thread-safe; two studios on one run would overwrite each
 * other's, so each change reads the file first.
 */
public final class FeatureNotes {
  /** The file's name, in the folder of what is kept of a dictionary. */
  public static final String FILE = "notes.json";

  /** Characters of a label, at most. */
  public static final int MOST_LABEL = 200;

  /** Characters of a note, at most. */
  public static final int MOST_NOTE = 10_000;

  private static final long MOST_BYTES = 64L << 20;

  private static final JsonMapper JSON = new JsonMapper();

  /**
   * What is written about one feature.
   *
   * @param label a few words, at most 200 characters; empty for none
   * @param note anything, at most 10,000 characters; empty for none
   */
  public record Note(String label, String note) {
    /** Nothing written. */
    public static final Note NONE = new Note("", "");

    /** Both in one text. */
    String text() {
      return label.isEmpty() || note.isEmpty() ? label + note : label + ". " + note;
    }

    /**
     * @throws IllegalArgumentException if one is too long
     */
    public Note {
      if (label.length() > MOST_LABEL) {
        throw new IllegalArgumentException("label: at most " + MOST_LABEL + " characters");
      }
      if (note.length() > MOST_NOTE) {
        throw new IllegalArgumentException("note: at most 10,000 characters");
      }
    }
  }

  private final Path file;

  /** Notes in a file, which need not be there yet. */
  public FeatureNotes(Path file) {
    this.file = file;
  }

  /**
   * All notes by latent.
   *
   * @throws UncheckedIOException if the file cannot be read, or is not one of notes
   */
  public synchronized Map<Integer, Note> all() {
    Map<Integer, Note> all = new TreeMap<>();
    try {
      if (Files.size(file) > MOST_BYTES) {
        throw damaged("larger than 64 MB");
      }
      JsonNode notes = JSON.readTree(Files.readAllBytes(file)).path("notes");
      if (!notes.isObject()) {
        throw damaged("it has no object 'notes'");
      }
      for (Iterator<Map.Entry<String, JsonNode>> each = notes.fields(); each.hasNext(); ) {
        Map.Entry<String, JsonNode> one = each.next();
        if (!one.getKey().matches("[0-9]{1,9}")) {
          throw damaged("'" + one.getKey() + "' is no latent");
        }
        all.put(
            Integer.valueOf(one.getKey()),
            new Note(
                one.getValue().path("label").asText(""), one.getValue().path("note").asText("")));
      }
    } catch (NoSuchFileException e) {
      return all;
    } catch (JsonProcessingException e) {
      throw damaged("not JSON");
    } catch (IllegalArgumentException e) {
      throw damaged(e.getMessage());
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": " + e.getMessage(), e);
    }
    return all;
  }

  /** Labels and notes as one text, by latent; those alone that have one. */
  public Map<Integer, String> texts() {
    Map<Integer, String> texts = new TreeMap<>();
    all().forEach((latent, note) -> texts.put(latent, note.text()));
    return texts;
  }

  private UncheckedIOException damaged(String what) {
    String line = file + ": not a file of notes (" + what + "): mend it or move it away";
    return new UncheckedIOException(line, new IOException(line));
  }

  /** What is written about a feature. */
  public Note of(int latent) {
    return all().getOrDefault(latent, Note.NONE);
  }

  /**
   * Writes about a feature; {@link Note#NONE} takes away what was there.
   *
   * @throws UncheckedIOException if the file cannot be written; what was there stays
   */
  public synchronized void put(int latent, Note note) {
    Map<Integer, Note> all = all();
    if (note.equals(Note.NONE)) {
      all.remove(latent);
    } else {
      all.put(latent, note);
    }
    write(all);
  }

  /**
   * Writes about features of which nothing is written yet, and leaves the others alone.
   *
   * @return how many were written
   * @throws UncheckedIOException if the file cannot be written; what was there stays
   */
  public synchronized int putMissing(Map<Integer, Note> notes) {
    Map<Integer, Note> all = all();
    int before = all.size();
    notes.forEach(all::putIfAbsent);
    if (all.size() > before) {
      write(all);
    }
    return all.size() - before;
  }

  private void write(Map<Integer, Note> all) {
    ObjectNode whole = JSON.createObjectNode();
    ObjectNode notes = whole.putObject("notes");
    all.forEach(
        (key, one) ->
            notes.putObject(key.toString()).put("label", one.label()).put("note", one.note()));
    Path beside = file.resolveSibling("." + file.getFileName() + "." + UUID.randomUUID() + ".tmp");
    try {
      try {
        Files.write(beside, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(whole));
        Files.move(
            beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(beside);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": " + e.getMessage(), e);
    }
  }
}
