package org.sememe.app.studio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FeatureListsTest {
  @TempDir private Path folder;

  private FeatureLists lists() {
    return new FeatureLists(folder.resolve(FeatureLists.FILE));
  }

  @Test
  void whatIsKeptIsThereForTheNextStudioAndNothingElseIsLeft() throws IOException {
    lists().put("places", Set.of(17, 3));
    lists().put("\u202E\"hostile\" \0 name", Set.of(1));
    assertThat(lists().all().get("places")).containsExactly(3, 17);
    lists().put("places", Set.of(4));
    assertThat(lists().all().get("places")).containsExactly(4);
    lists().put("places", Set.of());
    assertThat(lists().all()).containsOnlyKeys("\u202E\"hostile\" \0 name");
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactly(folder.resolve(FeatureLists.FILE));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{}",
        "{\"lists\": {\"a\": 3}}",
        "{\"lists\": {\"a\": [\"3\"]}}",
        "{\"lists\": {\"a\": [-1]}}",
        "{\"lists\": {\"a\": [1.5]}}"
      })
  void aFileOfSomethingElseIsRefusedAndNeverOverwritten(String content) throws IOException {
    Path file = folder.resolve(FeatureLists.FILE);
    Files.writeString(file, content);
    assertThatThrownBy(() -> lists().put("new", Set.of(1)))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining(FeatureLists.FILE);
    assertThat(file).hasContent(content);
  }

  @Test
  void namesAndSizesAreBounded() {
    Set<Integer> many = IntStream.rangeClosed(0, 10_000).boxed().collect(Collectors.toSet());
    assertThatThrownBy(() -> lists().put("a", many)).hasMessageContaining("10,000");
    assertThatThrownBy(() -> lists().put(" ", Set.of(1))).hasMessageContaining("name");
    assertThatThrownBy(() -> lists().put("a".repeat(101), Set.of(1))).hasMessageContaining("name");
    assertThat(lists().all()).isEmpty();
  }
}
