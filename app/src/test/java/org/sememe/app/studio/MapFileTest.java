package org.sememe.app.studio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sememe.analysis.geometry.DirectionMap;

class MapFileTest {
  @TempDir private Path folder;

  @Test
  void aMapIsReadAsItWasWritten() throws IOException {
    Path file = folder.resolve(MapFile.FILE);
    DirectionMap map =
        new DirectionMap(
            new int[] {0, 7},
            new float[] {1.25f, -3e-7f},
            new float[] {0, 9},
            new DirectionMap.Kept(0.5, 0.25, 0.125, 10, 2));
    MapFile.write(file, map);
    DirectionMap read = MapFile.read(file, 8);
    assertThat(read.latents()).isEqualTo(map.latents());
    assertThat(read.x()).isEqualTo(map.x());
    assertThat(read.y()).isEqualTo(map.y());
    assertThat(read.kept()).isEqualTo(map.kept());
    assertThatThrownBy(() -> MapFile.read(file, 7)).hasMessageContaining("--map");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[",
        "{}",
        "{\"latents\": [1], \"x\": [1], \"y\": []}",
        "{\"latents\": [1], \"x\": [1], \"y\": [1, 2]}",
        "{\"latents\": [1], \"x\": [\"1\"], \"y\": [1]}",
        "{\"latents\": [1], \"x\": [1e300], \"y\": [1]}",
        "{\"latents\": [-1], \"x\": [1], \"y\": [1]}"
      })
  void whatIsNoMapIsSaidToBeNone(String content) throws IOException {
    Path file = folder.resolve(MapFile.FILE);
    Files.writeString(file, content);
    assertThatThrownBy(() -> MapFile.read(file, 8))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(MapFile.FILE);
  }
}
