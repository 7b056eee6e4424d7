package org.sememe.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.models.testing.TinyModel;
import org.sememe.tensors.Torch;

/** The command starts itself: what it was asked to run, it runs. */
class BenchStartupTest {
  @TempDir private Path folder;

  @Test
  void commandsRunInProcessesOfTheirOwn() throws IOException {
    Torch.start(2);
    Path model = TinyModel.write(folder.resolve("model"), 3);

    JsonNode fields =
        Sememe.json(
            "bench", "startup", "--model", model, "--dictionary", model, "--repetitions", 2);

    for (String command : new String[] {"help", "tokens", "info"}) {
      assertThat(fields.path(command + "_s").asDouble()).as(command).isBetween(0.01, 120.0);
    }
    assertThat(fields.path("skipped").isEmpty()).isTrue();
    assertThat(fields.path("commands").path("info").path(1).asText()).isEqualTo(model.toString());
    assertThat(fields.path("repetitions").asInt()).isEqualTo(2);
    assertThat(fields.path("info_s").asDouble()) // only this one loads libtorch
        .isGreaterThan(fields.path("help_s").asDouble());
  }

  @Test
  void aLauncherIsRunInJavasPlace() throws IOException {
    Path log = folder.resolve("log");
    Path launcher =
        Files.writeString(
            folder.resolve("launcher"), "#!/bin/sh\nsleep 0.05\necho \"$@\" >>" + log + "\n");
    assertThat(launcher.toFile().setExecutable(true)).isTrue();

    JsonNode fields =
        Sememe.json("bench", "startup", "--launcher", launcher, "--model", "m", "--repetitions", 1);

    assertThat(Files.readAllLines(log))
        .hasSize(4) // two commands, a round that is not timed and one that is
        .startsWith("--help")
        .allMatch(line -> line.equals("--help") || line.startsWith("tokens m --text-file "));
    assertThat(fields.path("help_s").asDouble()).isBetween(0.05, 60.0);
    assertThat(fields.path("skipped").has("info")).isTrue();
    assertThat(fields.has("aot_cache")).isFalse();
  }

  @Test
  void aCommandThatFailsIsNamed() throws IOException {
    Path launcher = Files.writeString(folder.resolve("l"), "#!/bin/sh\necho broken >&2\nexit 3\n");
    assertThat(launcher.toFile().setExecutable(true)).isTrue();

    Sememe run = Sememe.run("bench", "startup", "--launcher", launcher, "--model", "m");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.errLines().getLast()).contains("--help", "exit code 3", "broken");
  }
}
