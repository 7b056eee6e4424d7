package org.sememe.models.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sememe.tensors.RandomStream;

class TextSourcesTest {
  @TempDir private Path folder;

  private static List<Document> read(String spec, long most) throws IOException {
    try (Stream<Document> documents = TextSources.open(spec).documents()) {
      return documents.limit(most).toList();
    }
  }

  private Path write(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  @Test
  void aTextFileIsADocument() throws IOException {
    Path file = write("a+b.txt", "Grüße\n"); // a plus sign in a path is no join
    assertThat(read(file.toString(), 9)).containsExactly(new Document(file.toString(), "Grüße\n"));
  }

  @Test
  void jsonLinesGiveTheFieldThatIsNamed() throws IOException {
    Path file =
        write(
            "x.jsonl",
            "{\"text\": \"one\", \"body\": \"1\"}\n\n{\"text\": \"two\", \"body\": \"2\"}\n");
    assertThat(read(file.toString(), 9)).extracting(Document::text).containsExactly("one", "two");
    assertThat(read(file + "#body", 9)).extracting(Document::text).containsExactly("1", "2");
    assertThatThrownBy(() -> read(file + "#title", 9))
        .hasMessageContaining("line 1 has no text \"title\"");
    Path broken = write("y.jsonl", "{\"text\": \"one\"}\n{\"text\":");
    assertThatThrownBy(() -> read(broken.toString(), 9))
        .hasMessageContaining("y.jsonl: line 2 is not JSON");
  }

  @Test
  void aFolderIsReadInOrderAndItsHiddenAndBinaryFilesAreNot() throws IOException {
    write("d/b.txt", "b");
    write("d/a/z.md", "z");
    write("d/.git/config", "no");
    write("d/c.jsonl", "{\"text\": \"line\"}\n");
    Files.write(folder.resolve("d/image.png"), new byte[] {(byte) 0x89, 'P', 0, 1});
    assertThat(read(folder.resolve("d").toString(), 9))
        .extracting(Document::text)
        .containsExactly("z", "b", "line");
  }

  @Test
  void aZipIsReadLikeAFolder() throws IOException {
    Path zip = folder.resolve("x.zip");
    try (OutputStream file = Files.newOutputStream(zip);
        ZipOutputStream out = new ZipOutputStream(file)) {
      for (String name : List.of("b.txt", "a.txt", "c.jsonl")) {
        out.putNextEntry(new ZipEntry(name));
        String text = name.endsWith("jsonl") ? "{\"text\": \"line\"}" : name;
        out.write(text.getBytes(StandardCharsets.UTF_8));
      }
    }
    assertThat(read(zip.toString(), 9))
        .extracting(Document::text)
        .containsExactly("a.txt", "b.txt", "line");
    Path cut = folder.resolve("cut.zip");
    Files.write(cut, Arrays.copyOf(Files.readAllBytes(zip), 60));
    assertThatThrownBy(() -> read(cut.toString(), 9)).isInstanceOf(IOException.class);
  }

  @Test
  void wordNetHasAllItsSenses() throws IOException {
    List<Document> senses = read("wordnet", Long.MAX_VALUE);
    assertThat(senses).hasSize(117_791);
    assertThat(senses).extracting(Document::name).doesNotHaveDuplicates();
    assertThat(senses)
        .extracting(Document::text)
        .anyMatch(
            text -> text.startsWith("dog, domestic dog, Canis familiaris (noun): a member of"))
        .allMatch(text -> text.matches("(?s).+ \\((noun|verb|adjective|adverb)\\): .+\n"));
  }

  @Test
  void jdkSourcesAreNamedByTheirPathAndBeginWithoutTheirLicence() throws IOException {
    Assumptions.assumeTrue(
        Files.exists(Path.of(System.getProperty("java.home"), "lib", "src.zip")),
        "this JDK comes without its sources");
    List<Document> files = read("jdk-src", 50);
    assertThat(files)
        .hasSize(50)
        .extracting(Document::name)
        .allMatch(n -> n.matches("jdk-src/[a-z.]+/.*\\.java"));
    assertThat(files)
        .extracting(Document::text)
        .allMatch(text -> !text.startsWith("/*\n * Copyright"));
    assertThat(files).extracting(Document::text).allMatch(text -> text.length() <= 8_000);
    assertThat(read("jdk-src", 50)).isEqualTo(files);
  }

  @Test
  void severalSourcesGiveEvenSharesOfCharacters() throws IOException {
    write("one/a.txt", "x".repeat(100));
    write("one/b.txt", "y".repeat(100));
    String lines =
        IntStream.range(0, 50)
            .mapToObj(i -> "{\"text\": \"" + "z".repeat(10) + "\"}\n")
            .reduce("", String::concat);
    Path many = write("many.jsonl", lines);
    List<Document> all = read(folder.resolve("one") + "+" + many, Long.MAX_VALUE);
    assertThat(all).hasSize(52);
    int one = 0;
    int other = 0;
    for (Document document : all.subList(0, 22)) {
      if (document.text().startsWith("z")) {
        other += document.text().length();
      } else {
        one += document.text().length();
      }
    }
    assertThat(one).isEqualTo(200);
    assertThat(other).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "no/such", "wordnt", "wordnet+", "no.jsonl#x"})
  void whatNamesNothingIsRefusedWithWhatCouldBe(String spec) {
    assertThatThrownBy(() -> TextSources.open(spec))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("give wordnet, jdk-src, a folder");
  }

  @Test
  void splitsKeepTheirShareAndGoByTheTextAlone() {
    DocumentSplit split = new DocumentSplit(0.1, 5);
    int held = 0;
    Set<Integer> sides = new HashSet<>();
    for (int i = 0; i < 10_000; i++) {
      boolean here = split.heldOut(new Document("a" + i, "text " + i));
      held += here ? 1 : 0;
      assertThat(split.heldOut(new Document("elsewhere", "text " + i))).isEqualTo(here);
      sides.add(
          (here ? 1 : 0)
              + (new DocumentSplit(0.1, 6).heldOut(new Document("", "text " + i)) ? 2 : 0));
    }
    assertThat(held).isBetween(880, 1120); // four standard deviations
    assertThat(sides).hasSize(4);
  }

  @Test
  void packedContextsHoldTheStreamWithItsSeparators() {
    long seed = 3;
    System.out.println("packer: seed " + seed);
    RandomStream random = RandomStream.of(seed);
    for (int round = 0; round < 200; round++) {
      int length = 2 + random.nextInt(9);
      boolean bos = random.nextBoolean();
      Packer packer =
          new Packer(length, bos ? OptionalInt.of(99) : OptionalInt.empty(), OptionalInt.of(0));
      List<Integer> expected = new ArrayList<>();
      List<Context> contexts = new ArrayList<>();
      for (int document = 0; document < 8; document++) {
        int[] ids = random.ints(random.nextInt(12), 1, 50).toArray();
        if (ids.length > 0 && !expected.isEmpty()) {
          expected.add(0);
        }
        Arrays.stream(ids).forEach(expected::add);
        contexts.addAll(packer.add(document, ids));
      }
      assertThat(contexts).allMatch(context -> context.tokens().length == length);
      packer.rest().ifPresent(contexts::add);
      List<Integer> found = new ArrayList<>();
      for (Context context : contexts) {
        int[] tokens = context.tokens();
        assertThat(context.documents()).hasSameSizeAs(tokens).isSorted();
        assertThat(!bos || tokens[0] == 99).isTrue();
        Arrays.stream(tokens).skip(bos ? 1 : 0).forEach(found::add);
      }
      assertThat(found).isEqualTo(expected);
    }
  }
}
