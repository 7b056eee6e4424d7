package org.sememe.analysis.steering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sememe.tensors.FormatException;

/** Steerings as text and as files. */
class SteeringFileTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "12=5, 12, CLAMP, 5, MAX",
    "12=5x, 12, CLAMP, 5, MAX",
    "12=-2.5xmean:add, 12, ADD, -2.5, MEAN",
    "12=1e2raw:cap, 12, CAP, 100, RAW",
    "12=3:scale, 12, SCALE, 3, RAW",
    "12:ablate, 12, ABLATE, 0, RAW",
    "0=0:orthogonal, 0, ORTHOGONAL, 0, RAW"
  })
  void aWordIsReadAndWrittenBack(
      String text, int latent, Steer.Mode mode, double strength, Steer.Unit unit) {
    Steer steer = Steer.parse(text);
    assertThat(steer).isEqualTo(new Steer(latent, mode, strength, unit));
    assertThat(Steer.parse(steer.text())).isEqualTo(steer);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "12",
        "x=3",
        "12=",
        "12=abc",
        "12=5:turn",
        "12=2xmean:scale",
        "-1=3",
        "1=1.2.3"
      })
  void aWordThatIsNoneIsRefused(String text) {
    assertThatThrownBy(() -> Steer.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aFileIsReadAsItWasWritten() throws IOException {
    Steering steering =
        Steering.of(
                List.of(
                    Steer.parse("12=5x"),
                    Steer.parse("3=-1.25xmean:add"),
                    Steer.parse("99=12raw:cap"),
                    Steer.parse("4=0.5:scale"),
                    Steer.parse("5:ablate"),
                    Steer.parse("6=0:orthogonal")))
            .withScales(Map.of(12, new ActivationScale(17.25, 4.5), 3, new ActivationScale(2, 1)))
            .at(Where.REPLY, true)
            .naming("smollm2-135m-instruct", "runs/demo", "blocks.9.hook_resid_post");
    Path file = folder.resolve("bridge.json");
    SteeringFile.write(steering, file);
    assertThat(SteeringFile.read(file)).isEqualTo(steering);
  }

  @Test
  void whatIsLeftOutHasItsDefault() throws IOException {
    Path file = folder.resolve("short.json");
    Files.writeString(
        file,
        """
        {"format": "sememe-steering", "version": 1, "steers": [{"latent": 7, "strength": 2}]}
        """);
    assertThat(SteeringFile.read(file))
        .isEqualTo(Steering.of(List.of(new Steer(7, Steer.Mode.CLAMP, 2, Steer.Unit.MAX))));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "{",
        "{\"format\": \"other\", \"version\": 1, \"steers\": []}",
        "{\"format\": \"sememe-steering\", \"version\": 2, \"steers\": []}",
        "{\"format\": \"sememe-steering\", \"version\": 1}",
        "{\"format\": \"sememe-steering\", \"version\": 1, \"steers\": [3]}",
        "{\"format\": \"sememe-steering\", \"version\": 1, \"steers\": [{\"latent\": -3, \"strength\": 1}]}",
        "{\"format\": \"sememe-steering\", \"version\": 1, \"steers\": [{\"latent\": 99999999999, \"strength\": 1}]}",
        "{\"format\": \"sememe-steering\", \"version\": 1, \"steers\": [{\"latent\": 3}]}",
        "{\"format\": \"sememe-steering\", \"version\": 1, \"steers\": [{\"latent\": 3, \"strength\": \"5\"}]}",
        "{\"format\": \"sememe-steering\", \"version\": 1, \"steers\": [{\"latent\": 3, \"strength\": 1e999}]}",
        "{\"format\": \"sememe-steering\", \"version\": 1, \"steers\": [{\"latent\": 3, \"strength\": 1, \"mode\": \"turn\"}]}",
        "{\"format\": \"sememe-steering\", \"version\": 1, \"steers\": [{\"latent\": 3, \"strength\": 1, \"max\": -1}]}",
        "{\"format\": \"sememe-steering\", \"version\": 1, \"where\": \"here\", \"steers\": []}",
        "{\"format\": \"sememe-steering\", \"version\": 1, \"sinks\": 3, \"steers\": []}"
      })
  void aFileThatIsNoneIsRefusedByName(String text) throws IOException {
    Path file = folder.resolve("bad.json");
    Files.writeString(file, text);
    assertThatThrownBy(() -> SteeringFile.read(file))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("bad.json")
        .satisfies(e -> assertThat(e.getMessage().lines().count()).isEqualTo(1));
  }
}
