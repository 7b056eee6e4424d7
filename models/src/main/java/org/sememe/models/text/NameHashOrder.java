package org.sememe.models.text;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import org.sememe.tensors.Sha256;

/**
 * Names in the order of their hashes: fixed, and unlike the order of the names a fair mixture, so
 * that the first few documents of a large corpus stand for all of it.
 */
final class NameHashOrder {
  private NameHashOrder() {}

  /** The first bits of a name's SHA-256, and what has that name. */
  private record Hashed<T>(long hash, String name, T item) {}

  /** The items in the order of their names' hashes, each hashed once. */
  static <T> List<T> sorted(List<T> items, Function<T, String> name) {
    return items.parallelStream()
        .map(item -> new Hashed<>(hash(name.apply(item)), name.apply(item), item))
        .sorted(
            Comparator.<Hashed<T>>comparingLong(hashed -> hashed.hash + Long.MIN_VALUE) // unsigned
                .thenComparing(Hashed::name))
        .map(Hashed::item)
        .toList();
  }

  private static long hash(String name) {
    byte[] digest = Sha256.digest().digest(name.getBytes(StandardCharsets.UTF_8));
    return ByteBuffer.wrap(digest).getLong();
  }
}
