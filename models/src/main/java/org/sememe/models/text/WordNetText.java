package org.sememe.models.text;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The glosses of WordNet 3.1, a sense a document: {@code dog, domestic dog (noun): a member of the
 * genus Canis ...}. Read from the data files of the dependency; the order is fixed and mixed.
 */
record WordNetText() implements TextSource {
  private static final String FOLDER = "/net/sf/extjwnl/data/wordnet/wn31/data.";
  private static final List<String> PARTS = List.of("noun", "verb", "adj", "adv");

  /** Where in a sentence an adjective stands. */
  private static final Pattern PLACE = Pattern.compile("\\([a-z]+\\)$");

  @Override
  public String name() {
    return "wordnet 3.1";
  }

  @Override
  public Stream<Document> documents() throws IOException {
    List<Document> documents = new ArrayList<>();
    for (String part : PARTS) {
      InputStream file = WordNetText.class.getResourceAsStream(FOLDER + part);
      if (file == null) {
        throw new IOException("WordNet's data." + part + " is missing from the class path");
      }
      try (BufferedReader lines =
          new BufferedReader(new InputStreamReader(file, StandardCharsets.UTF_8))) {
        lines
            .lines()
            .filter(line -> !line.startsWith(" ")) // the licence
            .forEach(line -> documents.add(document(part, line)));
      }
    }
    return NameHashOrder.sorted(documents, Document::name).stream();
  }

  /** A line: offset, file number, class, number of words (hexadecimal), word, id, ... | gloss. */
  private static Document document(String part, String line) {
    int bar = line.indexOf("| ");
    String[] fields = line.substring(0, bar).split(" ");
    int count = Integer.parseInt(fields[3], 16);
    List<String> words = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      String word = fields[4 + 2 * i].replace('_', ' ');
      words.add(PLACE.matcher(word).replaceFirst(""));
    }
    String wordClass =
        switch (part) {
          case "adj" -> "adjective";
          case "adv" -> "adverb";
          default -> part;
        };
    String text =
        String.join(", ", words)
            + " ("
            + wordClass
            + "): "
            + line.substring(bar + 2).strip()
            + "\n";
    return new Document("wordnet/" + part + "/" + fields[0], text);
  }
}
