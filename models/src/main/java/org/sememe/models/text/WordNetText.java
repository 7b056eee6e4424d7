package org.sememe.models.text;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The glosses of WordNet 3.1, a sense a document: {@code dog, domestic dog (noun): a member of the
 * genus Canis ...}. Read from the data files of the dependency; the order is fixed and mixed. The
 * label is the word class.
 */
record WordNetText() implements LabelledText {
  private static final String FOLDER = "/net/sf/extjwnl/data/wordnet/wn31/data.";
  private static final String CLASS = "class";
  private static final List<String> PARTS = List.of("noun", "verb", "adj", "adv");

  /** Where in a sentence an adjective stands. */
  private static final Pattern PLACE = Pattern.compile("\\([a-z]+\\)$");

  @Override
  public String name() {
    return "wordnet 3.1";
  }

  /** A sense as its file has it: offset, file number, class, number of words (hexadecimal), ... */
  private record Line(String part, String text) {
    String name() {
      return "wordnet/" + part + "/" + text.substring(0, text.indexOf(' '));
    }
  }

  @Override
  public List<String> labels() {
    return List.of(CLASS);
  }

  /** Every line is read to be put in order, but only what is asked for is taken apart. */
  @Override
  public Stream<LabelledDocument> labelled() throws IOException {
    try {
      List<Line> lines =
          PARTS.parallelStream().map(WordNetText::lines).flatMap(List::stream).toList();
      return NameHashOrder.sorted(lines, Line::name).stream().map(WordNetText::document);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static List<Line> lines(String part) {
    InputStream file = WordNetText.class.getResourceAsStream(FOLDER + part);
    if (file == null) {
      throw new UncheckedIOException(
          new IOException("WordNet's data." + part + " is missing from the class path"));
    }
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(file, StandardCharsets.UTF_8))) {
      return lines
          .lines()
          .filter(line -> !line.startsWith(" ")) // the licence
          .map(line -> new Line(part, line))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Words and gloss of {@code ... number of words, word, id, ... | gloss}. */
  private static LabelledDocument document(Line sense) {
    String line = sense.text();
    int bar = line.indexOf("| ");
    String[] fields = line.substring(0, bar).split(" ");
    int count = Integer.parseInt(fields[3], 16);
    List<String> words = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      String word = fields[4 + 2 * i].replace('_', ' ');
      words.add(PLACE.matcher(word).replaceFirst(""));
    }
    String wordClass =
        switch (sense.part()) {
          case "adj" -> "adjective";
          case "adv" -> "adverb";
          default -> sense.part();
        };
    String text =
        String.join(", ", words)
            + " ("
            + wordClass
            + "): "
            + line.substring(bar + 2).strip()
            + "\n";
    return new LabelledDocument(
        new Document(sense.name(), text), Map.of(CLASS, wordClass), List.of());
  }
}
