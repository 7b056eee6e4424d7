package org.sememe.tensors.archive;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.MappedFile;

/** Reads the central directory of a mapped zip archive; trusts nothing that it says. */
final class ZipDirectory {
  static final int MEMBER_HEADER = 30;

  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final int END = 0x06054b50;
  private static final int END_64 = 0x06064b50;
  private static final int LOCATOR_64 = 0x07064b50;
  private static final int ENTRY = 0x02014b50;
  private static final int MEMBER = 0x04034b50;

  private static final int END_BYTES = 22;
  private static final int END_64_BYTES = 56;
  private static final int LOCATOR_64_BYTES = 20;
  private static final int ENTRY_BYTES = 46;
  private static final int LONGEST_COMMENT = 0xFFFF;
  private static final long IN_EXTRA = 0xFFFF_FFFFL;
  private static final int EXTRA_64 = 1;

  private final MappedFile file;
  private final MemorySegment memory;
  private final long start;
  private final long end;
  private final long count;

  private ZipDirectory(MappedFile file, long start, long end, long count) {
    this.file = file;
    this.memory = file.memory();
    this.start = start;
    this.end = end;
    this.count = count;
  }

  /** Where the directory starts: the last byte of the last member is before it. */
  long start() {
    return start;
  }

  static ZipDirectory find(MappedFile file) throws FormatException {
    MemorySegment memory = file.memory();
    long record = endRecord(memory);
    if (record < 0) {
      throw new FormatException(
          file.path(),
          file.size(),
          "no end record of a zip archive: the file is cut short or not whole; fetch it again");
    }
    long end = record;
    long count = u16(memory, record + 10);
    long size = u32(memory, record + 12);
    long start = u32(memory, record + 16);
    long locator = record - LOCATOR_64_BYTES;
    if (locator >= 0 && memory.get(INT, locator) == LOCATOR_64) {
      end = memory.get(LONG, locator + 8);
      if (end < 0 || end > locator - END_64_BYTES || memory.get(INT, end) != END_64) {
        throw new FormatException(file.path(), locator, "zip64 locator points nowhere");
      }
      count = memory.get(LONG, end + 32);
      size = memory.get(LONG, end + 40);
      start = memory.get(LONG, end + 48);
    }
    if (start < 0 || size < 0 || start > end || size != end - start) {
      throw new FormatException(
          file.path(),
          record,
          "zip directory of "
              + Long.toUnsignedString(size)
              + " bytes at "
              + Long.toUnsignedString(start)
              + " does not end where the end record is: bytes are missing or added");
    }
    if (count < 0 || count > size / ENTRY_BYTES) {
      throw new FormatException(
          file.path(),
          record,
          Long.toUnsignedString(count) + " zip members in a directory of " + size + " bytes");
    }
    return new ZipDirectory(file, start, end, count);
  }

  private static long endRecord(MemorySegment memory) {
    long last = memory.byteSize() - END_BYTES;
    for (long at = last; at >= Math.max(0, last - LONGEST_COMMENT); at--) {
      if (memory.get(INT, at) == END && u16(memory, at + 20) == last - at) {
        return at;
      }
    }
    return -1;
  }

  SequencedMap<String, ZipMember> members() throws FormatException {
    SequencedMap<String, ZipMember> members = new LinkedHashMap<>();
    long at = start;
    for (long i = 0; i < count; i++) {
      if (end - at < ENTRY_BYTES || memory.get(INT, at) != ENTRY) {
        throw new FormatException(file.path(), at, "no entry of the zip directory here");
      }
      int nameBytes = u16(memory, at + 28);
      int extraBytes = u16(memory, at + 30);
      long next = at + ENTRY_BYTES + nameBytes + extraBytes + u16(memory, at + 32);
      if (next > end) {
        throw new FormatException(file.path(), at, "entry of the zip directory ends after it");
      }
      ZipMember member = member(at, nameBytes, extraBytes);
      if (members.putIfAbsent(member.name(), member) != null) {
        throw new FormatException(
            file.path(), at, "zip member \"" + member.name() + "\" occurs twice");
      }
      at = next;
    }
    if (at != end) {
      throw new FormatException(file.path(), at, "bytes after the zip directory's last entry");
    }
    return members;
  }

  private ZipMember member(long at, int nameBytes, int extraBytes) throws FormatException {
    long packed = u32(memory, at + 20);
    long size = u32(memory, at + 24);
    long header = u32(memory, at + 42);
    if (packed == IN_EXTRA || size == IN_EXTRA || header == IN_EXTRA) {
      long field = at + ENTRY_BYTES + nameBytes;
      long extraEnd = field + extraBytes;
      while (extraEnd - field >= 4 && u16(memory, field) != EXTRA_64) {
        field += 4 + u16(memory, field + 2);
      }
      long value = field + 4;
      int wide = (size == IN_EXTRA ? 8 : 0) + (packed == IN_EXTRA ? 8 : 0);
      wide += header == IN_EXTRA ? 8 : 0;
      if (extraEnd - value < wide || u16(memory, field + 2) < wide) {
        throw new FormatException(file.path(), at, "zip64 sizes are missing");
      }
      if (size == IN_EXTRA) {
        size = memory.get(LONG, value);
        value += Long.BYTES;
      }
      if (packed == IN_EXTRA) {
        packed = memory.get(LONG, value);
        value += Long.BYTES;
      }
      if (header == IN_EXTRA) {
        header = memory.get(LONG, value);
      }
    }
    return new ZipMember(
        name(at + ENTRY_BYTES, nameBytes),
        u16(memory, at + 8),
        u16(memory, at + 10),
        u32(memory, at + 16),
        packed,
        size,
        header);
  }

  private String name(long at, int bytes) throws FormatException {
    byte[] name = memory.asSlice(at, bytes).toArray(ValueLayout.JAVA_BYTE);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(name)).toString();
    } catch (CharacterCodingException e) {
      throw new FormatException(file.path(), at, "name of a zip member is not UTF-8");
    }
  }

  /** Where the bytes of a member are; checks its own header against the directory. */
  MemorySegment packed(ZipMember member) throws FormatException {
    String what = "zip member \"" + member.name() + "\"";
    long at = member.header();
    if (at < 0 || at > start - MEMBER_HEADER || memory.get(INT, at) != MEMBER) {
      throw new FormatException(
          file.path(), start, what + " is said to be where no member is; the file is damaged");
    }
    byte[] name = member.name().getBytes(StandardCharsets.UTF_8);
    int nameBytes = u16(memory, at + 26);
    long data = at + MEMBER_HEADER + nameBytes + u16(memory, at + 28);
    if (nameBytes != name.length
        || data > start
        || memory.asSlice(at + MEMBER_HEADER, nameBytes).mismatch(MemorySegment.ofArray(name))
            != -1) {
      throw new FormatException(
          file.path(), at, what + " has another name in its own header; the file is damaged");
    }
    if (member.packed() < 0 || member.packed() > start - data) {
      throw new FormatException(
          file.path(), at, what + " is said to be longer than the file; the file is damaged");
    }
    return memory.asSlice(data, member.packed());
  }

  private static int u16(MemorySegment memory, long at) {
    return Short.toUnsignedInt(memory.get(SHORT, at));
  }

  private static long u32(MemorySegment memory, long at) {
    return Integer.toUnsignedLong(memory.get(INT, at));
  }
}
