package org.sememe.activations;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.stream.Stream;
import org.sememe.models.text.Context;
import org.sememe.models.text.Document;
import org.sememe.models.text.DocumentSplit;
import org.sememe.models.text.Packer;
import org.sememe.models.text.TextSource;
import org.sememe.models.tokenizer.Tokenizer;
import org.sememe.tensors.Sha256;

/**
 * A text as contexts, in a fixed order: documents are read, tokenized, and packed into contexts
 * split by split, or given a context each. Read as it is asked for. Not thread-safe.
 */
public final class ContextStream implements AutoCloseable {
  private final Tokenizer tokenizer;
  private final ContextRule rule;
  private final DocumentSplit split;
  private final Stream<Document> stream;
  private final Iterator<Document> documents;
  private final Map<Split, Packer> packers = new EnumMap<>(Split.class);
  private final Queue<SplitContext> ready = new ArrayDeque<>();
  private final MessageDigest digest = Sha256.digest();
  private final List<String> names = new ArrayList<>();
  private boolean ended;

  /** A context and the side it is on. */
  public record SplitContext(Split split, Context context) {}

  /**
   * Begins to read.
   *
   * @param tokenizer stays the caller's
   */
  public ContextStream(TextSource text, Tokenizer tokenizer, ContextRule rule) throws IOException {
    this.tokenizer = tokenizer;
    this.rule = rule;
    this.split = new DocumentSplit(rule.heldOutShare(), rule.seed());
    this.stream = text.documents();
    this.documents = stream.iterator();
    for (Split side : Split.values()) {
      packers.put(side, new Packer(rule.contextLength(), tokenizer.bos(), tokenizer.separator()));
    }
  }

  /** The next context; empty at the text's end. */
  public Optional<SplitContext> next() {
    while (ready.isEmpty() && !ended) {
      if (documents.hasNext()) {
        add(documents.next());
      } else {
        ended = true;
        packers.forEach(
            (side, packer) -> packer.rest().ifPresent(c -> ready.add(new SplitContext(side, c))));
      }
    }
    return Optional.ofNullable(ready.poll());
  }

  /** The next context of one side; empty at the text's end. */
  public Optional<SplitContext> nextOf(Split side) {
    Optional<SplitContext> next = next();
    while (next.isPresent() && next.get().split() != side) {
      next = next();
    }
    return next;
  }

  /** The next contexts of one side, at most {@code count}; fewer only at the text's end. */
  public List<Context> next(Split side, int count) {
    List<Context> contexts = new ArrayList<>(count);
    while (contexts.size() < count) {
      Optional<SplitContext> next = nextOf(side);
      if (next.isEmpty()) {
        break;
      }
      contexts.add(next.get().context());
    }
    return contexts;
  }

  /** Documents read so far. */
  public long documentsRead() {
    return names.size();
  }

  /** Their names, by ordinal; cannot be changed. */
  public List<String> documentNames() {
    return Collections.unmodifiableList(names);
  }

  /** SHA-256 over the names and texts of the documents read so far. */
  public String textSha256() {
    try {
      return HexFormat.of().formatHex(((MessageDigest) digest.clone()).digest());
    } catch (CloneNotSupportedException e) {
      throw new AssertionError("SHA-256 of the JDK can be cloned", e);
    }
  }

  private void add(Document document) {
    long ordinal = names.size();
    names.add(document.name());
    hash(digest, document);
    Split side = split.heldOut(document) ? Split.HELD_OUT : Split.TRAIN;
    int[] ids = tokenizer.encodePlain(document.text()).ids();
    if (rule.pack()) {
      packers.get(side).add(ordinal, ids).forEach(c -> ready.add(new SplitContext(side, c)));
    } else {
      alone(ordinal, ids).ifPresent(c -> ready.add(new SplitContext(side, c)));
    }
  }

  private Optional<Context> alone(long ordinal, int[] ids) {
    OptionalInt bos = tokenizer.bos();
    int head = bos.isPresent() ? 1 : 0;
    int length = Math.min(rule.contextLength(), head + ids.length);
    if (ids.length == 0) {
      return Optional.empty();
    }
    int[] tokens = new int[length];
    bos.ifPresent(id -> tokens[0] = id);
    System.arraycopy(ids, 0, tokens, head, length - head);
    long[] owner = new long[length];
    Arrays.fill(owner, ordinal);
    return Optional.of(new Context(tokens, owner));
  }

  /** SHA-256 over the names and texts of the first documents of a text. */
  static String textSha256(TextSource text, long documents) throws IOException {
    MessageDigest digest = Sha256.digest();
    try (Stream<Document> stream = text.documents()) {
      stream.limit(documents).forEachOrdered(document -> hash(digest, document));
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static void hash(MessageDigest digest, Document document) {
    for (String part : List.of(document.name(), document.text())) {
      byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
      digest.update(ByteBuffer.allocate(Long.BYTES).putLong(bytes.length).flip());
      digest.update(bytes);
    }
  }

  @Override
  public void close() {
    stream.close();
  }
}
