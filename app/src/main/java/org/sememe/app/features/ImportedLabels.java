package org.sememe.app.features;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.sememe.app.studio.FeatureNotes;

/**
 * Labels that others gave to features: the explanations of a Neuronpedia export ({@code
 * explanations/batch-N.jsonl.gz}, an object a line) or of a delphi run ({@code
 * explanations/HOOK_latentN.txt}, a JSON string a file). Files of others are read with bounds: a
 * line is a megabyte at most, and what is no such file is one clear line.
 */
public final class ImportedLabels {
  private static final int LONGEST_LINE = 1 << 20; // characters; an embedding of 256 takes 5,000
  private static final Pattern LINES = Pattern.compile(".*\\.jsonl(\\.gz)?");
  private static final Pattern LATENT = Pattern.compile("(.*?)_?(?:latent)?(\\d{1,9})\\.txt");
  private static final JsonMapper JSON = new JsonMapper();

  private final int latents;

  /** By hook point as the files name it, then by latent. */
  private final Map<String, Map<Integer, FeatureNotes.Note>> found = new TreeMap<>();

  private ImportedLabels(int latents) {
    this.latents = latents;
  }

  /**
   * The labels in a folder, or in its folder {@code explanations}. Of several of one feature the
   * first counts. A label over 200 characters is cut, and the whole of it is in the note.
   *
   * @param latents of the dictionary
   * @param hook which hook point's, as the files name it; needed if there are several
   * @throws IOException if there are none, or a file is damaged, or names a latent that is not
   *     there
   */
  public static Map<Integer, FeatureNotes.Note> read(
      Path folder, int latents, Optional<String> hook) throws IOException {
    Path below = folder.resolve("explanations");
    Path place = Files.isDirectory(below) ? below : folder;
    ImportedLabels labels = new ImportedLabels(latents);
    try (Stream<Path> files = Files.list(place)) {
      for (Path file : files.sorted().filter(Files::isRegularFile).toList()) {
        labels.add(file);
      }
    }
    return labels.of(place, hook);
  }

  private Map<Integer, FeatureNotes.Note> of(Path place, Optional<String> hook) throws IOException {
    if (found.isEmpty()) {
      throw new IOException(
          place + ": holds no explanations: neither *.jsonl.gz of Neuronpedia nor *.txt of delphi");
    }
    if (hook.isEmpty() && found.size() == 1) {
      return found.values().iterator().next();
    }
    String names = String.join(", ", found.keySet());
    return Optional.ofNullable(found.get(hook.orElse("")))
        .orElseThrow(
            () ->
                new IOException(
                    hook.isEmpty()
                        ? place
                            + ": explanations of several hook points: name one with --hook: "
                            + names
                        : "--hook " + hook.get() + ": the explanations are of " + names));
  }

  private void add(Path file) throws IOException {
    String name = file.getFileName().toString();
    Matcher latent = LATENT.matcher(name);
    try {
      if (LINES.matcher(name).matches()) {
        addLines(file);
      } else if (latent.matches()) {
        try (Reader in = text(file)) {
          JsonNode text = JSON.readTree(line(in, file + ""));
          if (text == null || !text.isTextual()) {
            throw new IOException(file + ": is no JSON string, as a delphi explanation is");
          }
          put(latent.group(1), Integer.parseInt(latent.group(2)), text.textValue(), "", file + "");
        }
      }
    } catch (JsonProcessingException e) {
      throw new IOException(file + ": is not JSON: " + e.getOriginalMessage(), e);
    }
  }

  private void addLines(Path file) throws IOException {
    try (Reader in = text(file)) {
      int number = 1;
      for (String line = line(in, file + ": line 1");
          !line.isEmpty();
          line = line(in, file + ": line " + number)) {
        String where = file + ": line " + number++;
        JsonNode object;
        try {
          object = JSON.readTree(line);
        } catch (JsonProcessingException e) {
          throw new IOException(where + ": is not JSON", e);
        }
        String index = object.path("index").asText("");
        if (!index.matches("[0-9]{1,9}") || !object.path("description").isTextual()) {
          throw new IOException(where + ": is no explanation: it needs an index and a description");
        }
        put(
            object.path("layer").asText(""),
            Integer.parseInt(index),
            object.path("description").textValue(),
            object.path("notes").asText(""),
            where);
      }
    }
  }

  private void put(String hook, int latent, String description, String notes, String where)
      throws IOException {
    if (latent >= latents) {
      throw new IOException(
          where + ": labels latent " + latent + ", and the dictionary has " + latents);
    }
    String whole = description.strip().replaceAll("\\s+", " ");
    if (whole.isEmpty()) {
      return;
    }
    boolean fits = whole.length() <= FeatureNotes.MOST_LABEL;
    String label = fits ? whole : cut(whole, FeatureNotes.MOST_LABEL - 1) + "…";
    String note = fits || whole.equals(notes) ? notes : (whole + "\n" + notes).strip();
    found
        .computeIfAbsent(hook, any -> new TreeMap<>())
        .putIfAbsent(latent, new FeatureNotes.Note(label, cut(note, FeatureNotes.MOST_NOTE)));
  }

  /** The first characters, no half of a pair among them. */
  private static String cut(String text, int most) {
    if (text.length() <= most) {
      return text;
    }
    int end = Character.isHighSurrogate(text.charAt(most - 1)) ? most - 1 : most;
    return text.substring(0, end);
  }

  private static Reader text(Path file) throws IOException {
    InputStream in = new BufferedInputStream(Files.newInputStream(file));
    try {
      boolean zipped = file.toString().endsWith(".gz");
      return new BufferedReader(
          new InputStreamReader(zipped ? new GZIPInputStream(in) : in, StandardCharsets.UTF_8));
    } catch (IOException e) {
      in.close();
      throw new IOException(file + ": is no gzip file: " + e.getMessage(), e);
    }
  }

  /** The next line that is not blank; empty at the end. */
  private static String line(Reader in, String where) throws IOException {
    StringBuilder line = new StringBuilder();
    try {
      for (int next = in.read(); next >= 0; next = in.read()) {
        boolean begun = !line.isEmpty();
        if (begun && next == '\n') {
          break;
        }
        if (!begun && Character.isWhitespace(next)) {
          continue;
        }
        if (line.length() == LONGEST_LINE) {
          throw new IOException("longer than a million characters");
        }
        line.append((char) next);
      }
    } catch (IOException e) {
      throw new IOException(where + ": cannot be read: " + e.getMessage(), e);
    }
    return line.toString().strip();
  }
}
