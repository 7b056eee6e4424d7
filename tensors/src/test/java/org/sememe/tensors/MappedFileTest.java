package org.sememe.tensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.tensors.testing.LeakMeter;

class MappedFileTest {
  @TempDir private Path folder;

  private Path file(byte... bytes) throws IOException {
    return Files.write(folder.resolve("file"), bytes);
  }

  @Test
  void holdsTheFilesBytesReadOnly() throws IOException {
    Path path = file((byte) 1, (byte) 2, (byte) -3);
    try (MappedFile mapped = MappedFile.open(path)) {
      assertThat(mapped.path()).isEqualTo(path);
      assertThat(mapped.size()).isEqualTo(3);
      assertThat(mapped.memory().toArray(ValueLayout.JAVA_BYTE)).containsExactly(1, 2, -3);
      TensorInfo last = new TensorInfo("t", TensorType.I8, List.of(1L), 2, 1);
      assertThat(mapped.bytes(last).toArray(ValueLayout.JAVA_BYTE)).containsExactly(-3);
      for (MemorySegment memory : List.of(mapped.memory(), mapped.bytes(last))) {
        assertThat(memory.isReadOnly()).isTrue();
      }
      TensorInfo past = new TensorInfo("t", TensorType.I8, List.of(2L), 2, 2);
      assertThatThrownBy(() -> mapped.bytes(past)).isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void afterClosingNothingIsReadAnyMore() throws IOException {
    MappedFile mapped = MappedFile.open(file((byte) 1));
    MemorySegment memory = mapped.memory();
    mapped.close();
    mapped.close();
    assertThatThrownBy(() -> memory.get(ValueLayout.JAVA_BYTE, 0))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void anEmptyFileHasNoBytes() throws IOException {
    try (MappedFile mapped = MappedFile.open(file())) {
      assertThat(mapped.size()).isZero();
    }
  }

  @Test
  void whatIsNoFileIsRefusedByName() {
    assertThatThrownBy(() -> MappedFile.open(folder))
        .isInstanceOf(FormatException.class)
        .hasMessage(folder + ": at byte 0: a folder, where a file is expected");
    Path absent = folder.resolve("absent");
    assertThatThrownBy(() -> MappedFile.open(absent))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining(absent.toString());
  }

  @Test
  void aPointerToAFileIsNotTheFile() throws IOException {
    Path path = folder.resolve("model.safetensors");
    Files.writeString(
        path,
        "version https://git-lfs.example/spec/v1\noid sha256:" + "0".repeat(64) + "\nsize 9\n");
    assertThatThrownBy(() -> MappedFile.open(path))
        .isInstanceOf(FormatException.class)
        .hasMessage(
            path
                + ": at byte 0: a Git LFS pointer instead of the file itself: fetch it with git lfs"
                + " pull");
  }

  @Test
  void aThousandFilesLeaveNothingBehind() throws Exception {
    Path path = file(new byte[100_000]);
    LeakMeter.assertFlat(
        1_000,
        64L << 20,
        () -> {
          try (MappedFile mapped = MappedFile.open(path)) {
            assertThat(mapped.memory().get(ValueLayout.JAVA_BYTE, 99_999)).isZero();
          }
        });
  }
}
