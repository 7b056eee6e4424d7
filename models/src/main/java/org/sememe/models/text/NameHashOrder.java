package org.sememe.models.text;

import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import org.sememe.tensors.Sha256;

/**
 * Names in the order of their hashes: fixed, and unlike the order of the names a fair mixture, so
 * that the first few documents of a large corpus stand for all of it.
 */
final class NameHashOrder {
  private NameHashOrder() {}

  static Comparator<String> comparator() {
    return Comparator.comparing(NameHashOrder::hash).thenComparing(Comparator.naturalOrder());
  }

  private static String hash(String name) {
    return Sha256.of(name.getBytes(StandardCharsets.UTF_8)).substring(0, 16);
  }
}
