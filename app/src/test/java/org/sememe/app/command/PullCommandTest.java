package org.sememe.app.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PullCommandTest {
  /** Whatever the list says is here already: models, packages of texts and of pictures. */
  @Test
  void whatIsListedIsFetchedByItsName() throws IOException {
    JsonNode listed = Sememe.json("pull", "--list");
    List<String> here =
        Stream.of("models", "texts", "pictures")
            .flatMap(kind -> listed.path(kind).valueStream())
            .filter(one -> one.path("cached").asBoolean())
            .map(one -> one.path("name").asText())
            .toList();
    assumeTrue(!here.isEmpty(), "nothing was fetched before");
    for (String name : here) {
      assertThat(Files.exists(Path.of(Sememe.json("pull", name).path("path").asText()))).isTrue();
    }
  }
}
