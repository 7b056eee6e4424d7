package org.sememe.models.text;

import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.sememe.tensors.Sha256;

/**
 * Names in the order of their hashes: fixed, and unlike the order of the names a fair mixture, so
 * that the first few documents of a large corpus stand for all of it.
 */
final class NameHashOrder {
  private NameHashOrder() {}

  /** An order that keeps the hashes it made: sorting asks for each many times. Thread-safe. */
  static Comparator<String> comparator() {
    Map<String, String> hashes = new ConcurrentHashMap<>();
    return Comparator.comparing((String name) -> hashes.computeIfAbsent(name, NameHashOrder::hash))
        .thenComparing(Comparator.naturalOrder());
  }

  private static String hash(String name) {
    return Sha256.of(name.getBytes(StandardCharsets.UTF_8)).substring(0, 16);
  }
}
