package org.sememe.tensors.archive;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Collections;
import java.util.SequencedMap;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.MappedFile;

/**
 * A mapped zip archive whose members are read in place: nothing is ever written to disk, and no
 * name is used as a path. Stricter than usual: one member a name, members stored or deflated, no
 * bytes before or after the archive. The file belongs to the caller. Thread-safe.
 */
public final class ZipArchive {
  private static final int STORED = 0;
  private static final int DEFLATED = 8;
  private static final long CHUNK = 1L << 28;

  private final MappedFile file;
  private final ZipDirectory directory;
  private final SequencedMap<String, ZipMember> members;

  private ZipArchive(
      MappedFile file, ZipDirectory directory, SequencedMap<String, ZipMember> members) {
    this.file = file;
    this.directory = directory;
    this.members = members;
  }

  /** Whether a file starts as zip archives do. */
  public static boolean starts(MappedFile file) {
    MemorySegment memory = file.memory();
    return file.size() >= 2
        && memory.get(ValueLayout.JAVA_BYTE, 0) == 'P'
        && memory.get(ValueLayout.JAVA_BYTE, 1) == 'K';
  }

  /**
   * Reads the archive's directory.
   *
   * @throws FormatException if it is not a whole zip archive
   */
  public static ZipArchive open(MappedFile file) throws FormatException {
    ZipDirectory directory = ZipDirectory.find(file);
    return new ZipArchive(file, directory, directory.members());
  }

  /** The members by name, in the directory's order; cannot be changed. */
  public SequencedMap<String, ZipMember> members() {
    return Collections.unmodifiableSequencedMap(members);
  }

  /**
   * The content of a member, after its checksum was compared: this reads all of it once.
   *
   * @param allowance from which the content's size is taken
   * @throws FormatException if it is damaged, encrypted, compressed otherwise than by deflate, or
   *     more than the allowance
   */
  public ByteSource content(ZipMember member, Allowance allowance) throws FormatException {
    String what = "zip member \"" + member.name() + "\"";
    if (member.encrypted()) {
      throw problem(member, what + " is encrypted: decrypt it first");
    }
    MemorySegment packed = directory.packed(member);
    long offset = packed.address() - file.memory().address();
    if (member.size() < 0) {
      throw problem(member, what + " has no possible size");
    }
    allowance.take(member.size(), offset, what);
    return switch (member.method()) {
      case STORED -> {
        if (member.size() != member.packed()) {
          throw problem(member, what + " is stored, but its two sizes differ");
        }
        compare(member, checksum(packed));
        yield ByteSource.of(packed, offset);
      }
      case DEFLATED -> {
        DeflatedBytes content = new DeflatedBytes(packed, member.size(), offset);
        try {
          compare(member, content.checksum());
        } catch (DataFormatException e) {
          throw problem(member, what + " cannot be inflated: " + e.getMessage());
        }
        yield content;
      }
      default ->
          throw problem(
              member,
              what
                  + " is compressed by method "
                  + member.method()
                  + ", which is not read here: zip it again, stored or deflated");
    };
  }

  private static long checksum(MemorySegment memory) {
    CRC32 checksum = new CRC32();
    for (long at = 0; at < memory.byteSize(); at += CHUNK) {
      checksum.update(memory.asSlice(at, Math.min(CHUNK, memory.byteSize() - at)).asByteBuffer());
    }
    return checksum.getValue();
  }

  private void compare(ZipMember member, long checksum) throws FormatException {
    if (checksum != member.checksum()) {
      throw problem(
          member,
          "the checksum of zip member \""
              + member.name()
              + "\" does not match: the file is damaged (or torch was told to write no checksums)");
    }
  }

  private FormatException problem(ZipMember member, String problem) {
    return new FormatException(file.path(), member.header(), problem);
  }
}
