package org.sememe.tensors.archive;

/**
 * What a zip archive's directory says of one member; not yet checked against the member itself.
 *
 * @param name as written; never used as a path
 * @param flags general purpose bits
 * @param method of compression
 * @param checksum CRC-32 of the content
 * @param packed bytes that it takes in the file
 * @param size bytes of its content
 * @param header where its local header is
 */
public record ZipMember(
    String name, int flags, int method, long checksum, long packed, long size, long header) {
  private static final int ENCRYPTED = 1;

  /** Whether it stands for a folder. */
  public boolean folder() {
    return name.endsWith("/") && size == 0;
  }

  boolean encrypted() {
    return (flags & ENCRYPTED) != 0;
  }
}
