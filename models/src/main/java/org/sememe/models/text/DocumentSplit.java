package org.sememe.models.text;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.sememe.tensors.Sha256;

/**
 * Which documents are held out: by the hash of a document's text and a seed, so that equal texts
 * fall on the same side, whatever they are called and wherever they stand.
 *
 * @param share of the documents that is held out on average, at least 0 and below 1
 * @param seed another one holds out other documents
 */
public record DocumentSplit(double share, long seed) {
  /** Checks the range. */
  public DocumentSplit {
    if (!(share >= 0 && share < 1)) {
      throw new IllegalArgumentException("held-out share: " + share + " is not in [0, 1)");
    }
  }

  /** Whether a document is held out. */
  public boolean heldOut(Document document) {
    MessageDigest digest = Sha256.digest();
    digest.update(ByteBuffer.allocate(Long.BYTES).putLong(seed).flip());
    byte[] hash = digest.digest(document.text().getBytes(StandardCharsets.UTF_8));
    return (ByteBuffer.wrap(hash).getLong() >>> 11) * 0x1p-53 < share;
  }
}
