package org.sememe.activations;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.sememe.models.text.Context;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.TensorType;
import org.sememe.tensors.safetensors.SafetensorsFile;
import org.sememe.tensors.safetensors.SafetensorsWriter;

/**
 * The contexts of a split in {@code contexts-SPLIT.safetensors}: {@code token_ids} and {@code
 * document_ids} int64, all contexts behind one another, and {@code offsets} int64 {@code [contexts
 * + 1]}, where each begins.
 */
final class ContextsFile implements Contexts, AutoCloseable {
  private static final String TOKENS = "token_ids";
  private static final String DOCUMENTS = "document_ids";
  private static final String OFFSETS = "offsets";

  private final SafetensorsFile file;
  private final int count;
  private final int contextLength;

  private ContextsFile(SafetensorsFile file, int count, int contextLength) {
    this.file = file;
    this.count = count;
    this.contextLength = contextLength;
  }

  static Path path(Path folder, Split split) {
    return folder.resolve("contexts-" + split.key() + ".safetensors");
  }

  static void write(Path folder, Split split, List<Context> contexts) throws IOException {
    long[] offsets = new long[contexts.size() + 1];
    for (int i = 0; i < contexts.size(); i++) {
      offsets[i + 1] = offsets[i] + contexts.get(i).tokens().length;
    }
    long[] tokens = new long[Math.toIntExact(offsets[contexts.size()])];
    long[] documents = new long[tokens.length];
    int at = 0;
    for (Context context : contexts) {
      for (int i = 0; i < context.tokens().length; i++, at++) {
        tokens[at] = context.tokens()[i];
        documents[at] = context.documents()[i];
      }
    }
    try (PointerScope scope = new PointerScope()) {
      SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
      tensors.put(TOKENS, TensorMemory.longs(tokens, tokens.length));
      tensors.put(DOCUMENTS, TensorMemory.longs(documents, documents.length));
      tensors.put(OFFSETS, TensorMemory.longs(offsets, offsets.length));
      SafetensorsWriter.write(path(folder, split), tensors, Map.of("split", split.key()));
    }
  }

  static ContextsFile open(Path folder, Split split, StoreManifest manifest) throws IOException {
    SafetensorsFile file = SafetensorsFile.open(path(folder, split));
    try {
      StoreManifest.Counts counts = manifest.counts(split);
      require(file, TOKENS, counts.tokens());
      require(file, DOCUMENTS, counts.tokens());
      require(file, OFFSETS, counts.contexts() + 1);
      ContextsFile contexts =
          new ContextsFile(file, (int) counts.contexts(), manifest.contextLength());
      contexts.checkOffsets(counts.tokens());
      contexts.checkTokens(counts.tokens());
      return contexts;
    } catch (Throwable problem) {
      file.close();
      throw problem;
    }
  }

  private static void require(SafetensorsFile file, String name, long values)
      throws FormatException {
    if (!file.names().contains(name)
        || file.info(name).type() != TensorType.I64
        || !file.info(name).shape().equals(List.of(values))) {
      throw new FormatException(
          file.path(), 0, "\"" + name + "\" is not int64 [" + values + "], as the manifest says");
    }
  }

  private void checkOffsets(long tokens) throws FormatException {
    for (int context = 0; context < count; context++) {
      long length = offset(context + 1) - offset(context);
      if (length < 1 || length > contextLength) {
        throw wrongOffsets();
      }
    }
    if (offset(0) != 0 || offset(count) != tokens) {
      throw wrongOffsets();
    }
  }

  private void checkTokens(long tokens) throws FormatException {
    for (long at = 0; at < tokens; at++) {
      long id = get(TOKENS, at);
      if (id < 0 || id > Integer.MAX_VALUE) {
        throw new FormatException(
            file.path(), file.info(TOKENS).offset() + at * Long.BYTES, "no token id: " + id);
      }
    }
  }

  private FormatException wrongOffsets() {
    return new FormatException(
        file.path(), file.info(OFFSETS).offset(), "the offsets are no row of contexts");
  }

  private long offset(int context) {
    return get(OFFSETS, context);
  }

  private long get(String name, long at) {
    return file.bytes(name).getAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, at);
  }

  private long[] values(String name, int context) {
    if (context < 0 || context >= count) {
      throw new IndexOutOfBoundsException("context " + context + " of " + count);
    }
    MemorySegment part =
        file.bytes(name).asSlice(offset(context) * Long.BYTES, (long) length(context) * Long.BYTES);
    return part.toArray(ValueLayout.JAVA_LONG_UNALIGNED);
  }

  @Override
  public int count() {
    return count;
  }

  @Override
  public int contextLength() {
    return contextLength;
  }

  @Override
  public int length(int context) {
    return (int) (offset(context + 1) - offset(context));
  }

  @Override
  public int[] tokens(int context) {
    long[] ids = values(TOKENS, context);
    int[] tokens = new int[ids.length];
    for (int i = 0; i < ids.length; i++) {
      tokens[i] = Math.toIntExact(ids[i]);
    }
    return tokens;
  }

  @Override
  public long[] documents(int context) {
    return values(DOCUMENTS, context);
  }

  @Override
  public void close() {
    file.close();
  }
}
