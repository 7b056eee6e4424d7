package org.sememe.models.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Small tables. */
class TableFileTest {
  @TempDir private Path folder;

  private Path file(String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), content);
  }

  @Test
  void rowsAreNamedByTheHeader() throws IOException {
    assertThat(TableFile.read(file("a.csv", "a,b\n1,\"x,\n\"\"y\"\"\"\n\n2,\n")))
        .containsExactly(Map.of("a", "1", "b", "x,\n\"y\""), Map.of("a", "2", "b", ""));
    assertThat(TableFile.read(file("a.tsv", "a\tb\n1\t2,3\n")))
        .containsExactly(Map.of("a", "1", "b", "2,3"));
    assertThat(TableFile.read(file("a.jsonl", "{\"a\": 1, \"b\": null, \"c\": [1]}\n")))
        .containsExactly(Map.of("a", "1"));
  }

  @Test
  void whatIsWrongNamesFileAndLine() throws IOException {
    Path uneven = file("a.csv", "a,b\n1\n");
    assertThatThrownBy(() -> TableFile.read(uneven)).hasMessageContainingAll("a.csv", "2");
    Path list = file("a.jsonl", "{}\n[1]\n");
    assertThatThrownBy(() -> TableFile.read(list)).hasMessageContainingAll("a.jsonl", "2");
    Path empty = file("b.csv", "");
    assertThatThrownBy(() -> TableFile.read(empty)).hasMessageContaining("header");
  }
}
