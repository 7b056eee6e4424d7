package org.sememe.tensors.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.MappedFile;

/**
 * Directories with 64-bit sizes and places, as archives over 4 GiB have them; here of a small one.
 */
class Zip64Test {
  private static final byte[] NAME = "part".getBytes(StandardCharsets.UTF_8);
  private static final byte[] CONTENT = "content of the part".getBytes(StandardCharsets.UTF_8);
  private static final int EXTRA = 4 + 3 * Long.BYTES;
  private static final int LOCAL = 30 + NAME.length + CONTENT.length;
  private static final int ENTRY = 46 + NAME.length + EXTRA;
  private static final int END_64 = LOCAL + ENTRY;
  private static final int LOCATOR = END_64 + 56;
  private static final int END = LOCATOR + 20;

  @TempDir private Path folder;
  private ByteBuffer zip;

  @BeforeEach
  void write() {
    CRC32 checksum = new CRC32();
    checksum.update(CONTENT);
    zip = ByteBuffer.allocate(END + 22).order(ByteOrder.LITTLE_ENDIAN);
    zip.putInt(0, 0x04034b50).putShort(26, (short) NAME.length).put(30, NAME);
    zip.put(30 + NAME.length, CONTENT);

    zip.putInt(LOCAL, 0x02014b50).putInt(LOCAL + 16, (int) checksum.getValue());
    zip.putInt(LOCAL + 20, -1).putInt(LOCAL + 24, -1).putInt(LOCAL + 42, -1);
    zip.putShort(LOCAL + 28, (short) NAME.length).putShort(LOCAL + 30, (short) EXTRA);
    zip.put(LOCAL + 46, NAME);
    int extra = LOCAL + 46 + NAME.length;
    zip.putShort(extra, (short) 1).putShort(extra + 2, (short) (3 * Long.BYTES));
    zip.putLong(extra + 4, CONTENT.length).putLong(extra + 12, CONTENT.length);

    zip.putInt(END_64, 0x06064b50).putLong(END_64 + 4, 44).putLong(END_64 + 32, 1);
    zip.putLong(END_64 + 40, ENTRY).putLong(END_64 + 48, LOCAL);
    zip.putInt(LOCATOR, 0x07064b50).putLong(LOCATOR + 8, END_64);
    zip.putInt(END, 0x06054b50).putShort(END + 10, (short) -1);
    zip.putInt(END + 12, -1).putInt(END + 16, -1);
  }

  private String read() throws IOException {
    Path path = Files.write(folder.resolve("wide.zip"), zip.array());
    try (MappedFile file = MappedFile.open(path)) {
      ZipArchive archive = ZipArchive.open(file);
      ByteSource content =
          archive.content(archive.members().firstEntry().getValue(), Allowance.forContents(file));
      MemorySegment copy = MemorySegment.ofArray(new byte[(int) content.size()]);
      content.copyTo(0, copy);
      assertThat(content.offset()).isEqualTo(30 + NAME.length);
      return new String(copy.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }
  }

  private void refused(String problem) {
    assertThatThrownBy(this::read)
        .isInstanceOf(FormatException.class)
        .hasMessageContaining(problem)
        .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1));
  }

  @Test
  void theMemberIsRead() throws IOException {
    assertThat(read()).isEqualTo(new String(CONTENT, StandardCharsets.UTF_8));
  }

  @Test
  void aLocatorThatPointsNowhereIsRefused() {
    for (long place : new long[] {-1, 0, END_64 + 1, LOCATOR, Long.MAX_VALUE}) {
      zip.putLong(LOCATOR + 8, place);
      refused("points nowhere");
    }
  }

  @Test
  void aDirectoryElsewhereIsRefused() {
    for (long place : new long[] {-1, 0, LOCAL + 1, Long.MAX_VALUE, Long.MIN_VALUE}) {
      zip.putLong(END_64 + 48, place);
      refused("does not end where the end record is");
    }
  }

  @Test
  void moreMembersThanTheDirectoryHoldsAreRefused() {
    for (long count : new long[] {-1, 2, Long.MAX_VALUE}) {
      zip.putLong(END_64 + 32, count);
      refused("zip members in a directory");
    }
  }

  @Test
  void sizesThatLieAreRefused() {
    int extra = LOCAL + 46 + NAME.length;
    for (long size : new long[] {-1, 1L << 40, Long.MAX_VALUE}) {
      zip.putLong(extra + 12, size);
      refused("longer than the file");
    }
    zip.putLong(extra + 12, CONTENT.length).putLong(extra + 20, Long.MAX_VALUE);
    refused("where no member is");
    zip.putShort(extra, (short) 2);
    refused("zip64 sizes are missing");
  }
}
