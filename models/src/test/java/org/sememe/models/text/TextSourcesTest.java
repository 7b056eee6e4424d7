package org.sememe.models.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.testing.Damage;

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

  @ParameterizedTest
  @ValueSource(strings = {"", ".gz", ".zst"})
  void packedFilesAreReadAsPlainOnes(String ending) throws IOException {
    Path lines = pack("x.jsonl" + ending, "{\"text\": \"one\"}\n{\"text\": \"Grüße\"}\n");
    assertThat(read(lines.toString(), 9))
        .containsExactly(new Document(lines + ":1", "one"), new Document(lines + ":2", "Grüße"));
    Path whole = pack("y.txt" + ending, "one\ntwo\n");
    assertThat(read(whole.toString(), 9)).containsExactly(new Document("" + whole, "one\ntwo\n"));
    Path table = pack("z.csv" + ending, "id,text\n1,one\n2,two\n");
    assertThat(read(table.toString(), 9)).extracting(Document::text).containsExactly("one", "two");
  }

  /** Writes a file, packed as its name says. */
  private Path pack(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    try (OutputStream raw = Files.newOutputStream(file);
        OutputStream out =
            name.endsWith(".gz")
                ? new GZIPOutputStream(raw)
                : name.endsWith(".zst") ? new ZstdOutputStream(raw) : raw) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return file;
  }

  @Test
  void aTableGivesTheColumnThatIsNamed() throws IOException {
    Path file =
        write(
            "x.csv",
            "\uFEFFtext,\"the label\"\r\n"
                + "plain,a\r\n"
                + "\"with, comma and \"\"quotes\"\"\",b\r\n\r\n"
                + "\"two\nlines\",\n"
                + ",last");
    assertThat(read(file.toString(), 9))
        .containsExactly(
            new Document(file + ":2", "plain"),
            new Document(file + ":3", "with, comma and \"quotes\""),
            new Document(file + ":5", "two\nlines"),
            new Document(file + ":7", ""));
    assertThat(read(file + "#the label", 9))
        .extracting(Document::text)
        .containsExactly("a", "b", "", "last");
    Path tabs = write("x.tsv", "text\tn\na, b\t1\n");
    assertThat(read(tabs.toString(), 9)).extracting(Document::text).containsExactly("a, b");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "x.csv|text,n\\na,1\\nb\\n|line 3 has 1 fields, where the header has 2",
        "x.csv|text,n\\na,1\\n\"b,2\\nc,3\\n|line 3 opens a quote that is never closed",
        "x.csv|text,n\\n\"a\"b,1\\n|line 2 has more behind a closing quote",
        "x.csv|body,n\\na,1\\n|line 1 has no column \"text\" among [body, n]: name one as",
        "x.csv|''|line 1 should be a header",
        "x.jsonl|{\"text\": \"a\"}\\n\\n{\"text\": 3}\\n|line 3 has no text \"text\"",
        "x.jsonl|{\"text\": \"a\"}\\n[\\n|line 2 is not JSON",
      })
  void whatIsWrongIsSaidWithFileAndLine(String name, String text, String message)
      throws IOException {
    Path file = write(name, text.replace("\\n", "\n"));
    assertThatThrownBy(() -> read(file.toString(), 99)).hasMessageContaining(file + ": " + message);
    Path packed = pack(name + ".gz", text.replace("\\n", "\n"));
    assertThatThrownBy(() -> read(packed.toString(), 99))
        .hasMessageContaining(packed + ": " + message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"x.jsonl.gz", "x.jsonl.zst", "x.txt.gz", "x.txt.zst", "x.csv.gz"})
  void aFileThatIsCutOrNotPackedIsNamed(String name) throws IOException {
    Path file = pack(name, "text,n\n" + "{\"text\": \"one\"}\n".repeat(2000));
    byte[] whole = Files.readAllBytes(file);
    for (byte[] bytes : new byte[][] {Arrays.copyOf(whole, whole.length / 2), {1, 2, 3, 4, 5, 6}}) {
      Files.write(file, bytes);
      assertThatThrownBy(() -> read(file.toString(), Long.MAX_VALUE))
          .hasMessageContaining(file + ": ");
    }
  }

  @Test
  void aColumnOfParquetIsRead() throws Exception {
    Path file = folder.resolve("a[1]*.parquet"); // no pattern: the file is there
    parquet(file, "SELECT i AS n, 'text ' || i AS text, 'b' || i AS body FROM range(5000) t(i)");
    List<Document> all = read(file.toString(), Long.MAX_VALUE);
    assertThat(all).hasSize(5000);
    assertThat(all.get(4321)).isEqualTo(new Document(file + ":4322", "text 4321"));
    assertThat(read(file + "#body", 2)).extracting(Document::text).containsExactly("b0", "b1");
    assertThatThrownBy(() -> read(file + "#title", 9))
        .hasMessageContaining("no column \"title\" among [n, text, body]");
    assertThatThrownBy(() -> read(file + "#n", 9)).hasMessageContaining("column \"n\" is BIGINT");
    Path gap = folder.resolve("gap.parquet");
    parquet(gap, "SELECT CASE WHEN i = 3 THEN NULL ELSE 'x' END AS text FROM range(9) t(i)");
    assertThatThrownBy(() -> read(gap.toString(), 99)).hasMessageContaining(gap + ": row 4 has no");
  }

  private static void parquet(Path file, String query) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = connection.createStatement()) {
      statement.execute("COPY (" + query + ") TO '" + file + "' (FORMAT parquet)");
    }
  }

  @Test
  void aPatternNamesFiles() throws Exception {
    pack("p/a.jsonl.gz", "{\"text\": \"1\"}\n{\"text\": \"2\"}\n");
    pack("p/deep/er/b.jsonl.zst", "{\"text\": \"3\"}\n");
    write("p/c.jsonl", "{\"text\": \"4\"}\n");
    write("p/d.csv", "text\n5\n");
    parquet(folder.resolve("p/e.parquet"), "SELECT '6' AS text");
    String base = folder.resolve("p") + "/";
    assertThat(read(base + "**", 99))
        .extracting(Document::text)
        .containsExactly("1", "2", "4", "5", "3", "6");
    assertThat(read(base + "*.jsonl*", 99))
        .extracting(Document::text)
        .containsExactly("1", "2", "4");
    assertThat(read(base + "**.jsonl.{gz,zst}", 99))
        .extracting(Document::text)
        .containsExactly("1", "2", "3");
    assertThat(read(base + "[de].*#text", 99)).extracting(Document::text).containsExactly("5", "6");
    assertThatThrownBy(() -> read(base + "*.none", 9)).hasMessageContaining("*.none: no files");
    assertThatThrownBy(() -> read(base + "{a", 9)).isInstanceOf(IllegalArgumentException.class);
  }

  /** However long a file in a folder is, one document at a time is held. */
  @Test
  void aFoldersFilesAreReadAsTheyAreAskedFor() throws IOException {
    write("long/a.jsonl", "{\"text\": \"one\"}\n{\"text\": \"two\"}\nnot json\n");
    write("long/b.jsonl", "{\"text\": \"never\"}\n");
    try (Stream<Document> documents =
        TextSources.open(folder.resolve("long").toString()).documents()) {
      Iterator<Document> each = documents.iterator();
      assertThat(each.next().text()).isEqualTo("one");
      assertThat(each.next().text()).isEqualTo("two");
      assertThatThrownBy(each::next).hasMessageContaining("line 3 is not JSON");
    }
  }

  @Test
  void damagedFilesAreReadOrRefusedInOneLine() throws Exception {
    String lines = "{\"text\": \"Grüße an alle\"}\n".repeat(3);
    Path zip = folder.resolve("f/x.zip");
    Files.createDirectories(zip.getParent());
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip))) {
      out.putNextEntry(new ZipEntry("a.jsonl"));
      out.write(lines.getBytes(StandardCharsets.UTF_8));
      out.putNextEntry(new ZipEntry("b.txt"));
      out.write(lines.getBytes(StandardCharsets.UTF_8));
    }
    List<Path> files =
        List.of(
            zip,
            pack("f/x.jsonl", lines),
            pack("f/x.jsonl.gz", lines),
            pack("f/x.jsonl.zst", lines),
            pack("f/x.txt.gz", lines),
            pack("f/x.csv", "id,text\n1,\"a \"\"b\"\"\nc\"\n2,d\n"));
    for (Path file : files) {
      Damage.checkInPlace(file, TextSourcesTest::drain);
    }
  }

  private static void drain(Path file) throws IOException {
    try (Stream<Document> documents = TextSources.open(file.toString()).documents()) {
      documents.forEach(document -> assertThat(document.text()).isNotNull());
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  @Test
  void damagedParquetIsReadOrRefused() throws Exception {
    Path file = folder.resolve("x.parquet");
    parquet(file, "SELECT 'text ' || i AS text FROM range(50) t(i)");
    try (Connection held = ParquetText.connect()) { // or each case would start an engine
      assertThat(held.isClosed()).isFalse();
      Damage.checkInPlace(file, TextSourcesTest::drain);
    }
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
        .hasMessageContaining(
            "give wordnet, jdk-src, sotu, moby-dick, spam-assassin, brown, a folder");
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
