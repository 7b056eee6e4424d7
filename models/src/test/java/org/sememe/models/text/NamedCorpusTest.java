package org.sememe.models.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sememe.models.sources.KnownModel;
import org.sememe.models.sources.ModelSource;
import org.sememe.models.sources.SmallTar;

/** Corpora with labels, out of packages. */
class NamedCorpusTest {
  private final Map<String, String> files = new LinkedHashMap<>();

  @BeforeEach
  void files() {
    files.put("package/package.json", "{}");
    files.put("package/sotu/data/file_list.json", "[]");
    files.put(
        "package/sotu/data/1790_george_washington_n.json",
        "{\"year\": 1790, \"name\": \"George Washington\", \"party\": \"none\", \"text\": \"A.\"}");
    files.put(
        "package/sotu/data/1801_thomas_jefferson_dr.json",
        "{\"year\": 1801, \"name\": \"Thomas Jefferson\", \"party\": \"D-R\", \"text\": \"B.\"}");
    files.put("package/sotu/data/1801_thomas_jefferson_dr.txt", "B.");
    files.put(
        "package/moby-dick/data/chapter_1.json",
        "{\"chapter\": \"1\", \"title\": \"Loomings\", \"text\": \"Call me Ishmael.\"}");
    files.put("package/moby-dick/data/contents.json", "{\"text\": \"CONTENTS\"}");
    files.put(
        "package/spam-assassin/data/easy-ham-1/1.json",
        "{\"group\": \"easy-ham-1\", \"text\": \"From: a\\r\\nsubject: Lunch?\\r\\n\\r\\nAt one.\"}");
    files.put(
        "package/spam-assassin/data/spam-2/2.json",
        "{\"group\": \"spam-2\", \"text\": \"Subject: WIN\\nTo: b\\n\\nNow!\\n\\nSubject: no\"}");
    files.put("package/cats.txt", "ca01 news");
    files.put("package/cr01", "\n\n\t``/`` Oh/uh ,/, no/rb ''/'' (/( he/pps )/) said/vbd ./.\n");
  }

  @TempDir Path folder;

  private PackagedText corpus(NamedCorpus corpus) throws IOException {
    Map<String, byte[]> bytes = new LinkedHashMap<>();
    files.forEach((name, text) -> bytes.put(name, text.getBytes(StandardCharsets.UTF_8)));
    return new PackagedText(
        Files.write(folder.resolve("package.tgz"), SmallTar.gzipped(bytes)), corpus);
  }

  private static List<LabelledDocument> all(LabelledText text) throws IOException {
    try (Stream<LabelledDocument> documents = text.labelled()) {
      return documents.toList();
    }
  }

  @Test
  void documentsAndTheirLabels() throws IOException {
    for (NamedCorpus corpus : NamedCorpus.values()) {
      List<LabelledDocument> documents = all(corpus(corpus));
      assertThat(documents).as(corpus.title()).isNotEmpty();
      for (LabelledDocument one : documents) {
        assertThat(one.labels()).containsOnlyKeys(corpus.labels());
        assertThat(files).containsKey(one.document().name());
      }
    }
    assertThat(all(corpus(NamedCorpus.SOTU)))
        .extracting(one -> one.labels().get("president") + ": " + one.document().text())
        .containsExactlyInAnyOrder("George Washington: A.\n", "Thomas Jefferson: B.\n");
    assertThat(all(corpus(NamedCorpus.SPAM_ASSASSIN)))
        .extracting(one -> one.labels().get("class") + ": " + one.document().text())
        .containsExactlyInAnyOrder(
            "ham: Lunch?\n\nAt one.\n", "spam: WIN\n\nNow!\n\nSubject: no\n");
    assertThat(all(corpus(NamedCorpus.MOBY_DICK)).getFirst().document().text())
        .isEqualTo("Call me Ishmael.\n");
  }

  @Test
  void wordsWithTheirTags() throws IOException {
    LabelledDocument one = all(corpus(NamedCorpus.BROWN)).getFirst();
    String text = one.document().text();
    assertThat(text).isEqualTo("\"Oh, no\" (he) said.\n");
    assertThat(one.labels()).containsEntry("genre", "humor");
    assertThat(one.spans())
        .extracting(span -> text.substring(span.from(), span.to()) + "/" + span.label())
        .containsExactly(
            "\"/``", "Oh/uh", ",/,", "no/rb", "\"/''", "(/(", "he/pps", ")/)", "said/vbd", "./.");
  }

  @Test
  void paragraphsArePartedAndSlashesStay() {
    TaggedWords words = TaggedWords.of("A/at 1/2/cd cup/nn ./.\nNext/ap\n\n\nLast/ap line/nn\n");
    assertThat(words.text()).isEqualTo("A 1/2 cup. Next\n\nLast line\n");
    assertThat(words.spans().get(1).label()).isEqualTo("cd");
    assertThat(TaggedWords.of("").text()).isEqualTo("\n");
  }

  @Test
  void damageIsNamed() throws IOException {
    files.put("package/moby-dick/data/chapter_2.json", "{\"text\": ");
    LabelledText damaged = corpus(NamedCorpus.MOBY_DICK);
    assertThatThrownBy(() -> all(damaged))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("package.tgz!package/moby-dick/data/chapter_2.json");
    PackagedText whole = corpus(NamedCorpus.SOTU);
    byte[] bytes = Files.readAllBytes(whole.archive());
    Files.write(whole.archive(), Arrays.copyOf(bytes, bytes.length / 2));
    assertThatThrownBy(() -> all(whole))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("package.tgz");
  }

  @Test
  void wordNetTellsTheWordClass() throws IOException {
    LabelledText text = (LabelledText) TextSources.open("wordnet");
    try (Stream<LabelledDocument> documents = text.labelled()) {
      assertThat(documents.limit(200))
          .allMatch(one -> one.document().text().contains(" (" + one.labels().get("class") + "):"));
    }
  }

  /** The real packages, where they were fetched before. */
  @ParameterizedTest
  @CsvSource({
    "sotu, 233, president, 43",
    "moby-dick, 138, chapter, 138",
    "spam-assassin, 6046, class, 2",
    "brown, 500, genre, 15"
  })
  void fetched(String title, int documents, String label, int values) throws IOException {
    String packed = NamedCorpus.of(title).orElseThrow().packed();
    assumeTrue(
        ModelSource.corpora().stream()
            .filter(known -> known.name().equals(packed))
            .allMatch(KnownModel::cached),
        packed + " was not fetched");
    LabelledText text = (LabelledText) TextSources.open(title);
    List<LabelledDocument> all = all(text);
    assertThat(all).hasSize(documents);
    assertThat(all.stream().map(one -> one.labels().get(label)).distinct()).hasSize(values);
    try (Stream<Document> plain = text.documents()) {
      assertThat(plain.map(Document::name))
          .containsExactlyElementsOf(all.stream().map(one -> one.document().name()).toList());
    }
  }
}
