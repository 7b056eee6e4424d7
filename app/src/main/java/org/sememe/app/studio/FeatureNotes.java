package org.sememe.app.studio;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * What people wrote about features, in a file beside the run that indexing does not touch: {@code
 * {"notes": {"3": {"label": "...", "note": "..."}}}}, keys by latent. Each change writes the whole
 * file. Thread-safe; two studios on one run would overwrite each other's, so each change reads the
 * file first.
 */
public final class FeatureNotes {
  /** The file's name, in the folder of what is kept of a dictionary. */
  public static final String FILE = "notes.json";

  /** Characters of a label, at most. */
  public static final int MOST_LABEL = 200;

  /** Characters of a note, at most. */
  public static final int MOST_NOTE = 10_000;

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

  private final KeptFile file;

  /** Notes in a file, which need not be there yet. */
  public FeatureNotes(Path file) {
    this.file = new KeptFile(file, "notes");
  }

  /**
   * All notes by latent.
   *
   * @throws UncheckedIOException if the file cannot be read, or is not one of notes
   */
  public synchronized Map<Integer, Note> all() {
    return file.read(
        KeptFile::latent,
        (key, one) -> new Note(one.path("label").asText(""), one.path("note").asText("")));
  }

  /** Labels and notes as one text, by latent; those alone that have one. */
  public Map<Integer, String> texts() {
    Map<Integer, String> texts = new TreeMap<>();
    all().forEach((latent, note) -> texts.put(latent, note.text()));
    return texts;
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
    file.write(
        all,
        (kept, key, one) -> kept.putObject(key).put("label", one.label()).put("note", one.note()));
  }
}
