package org.sememe.diffusion.conditions;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.Sha256;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.safetensors.SafetensorsFile;
import org.sememe.tensors.safetensors.SafetensorsWriter;

/**
 * Captions with their sentence embeddings, as a run keeps them in {@code captions.safetensors}:
 * {@code vectors} fp32 {@code [captions, width]}, and in the metadata the captions and who embedded
 * them.
 *
 * @param encoder who did
 * @param captions each once
 * @param vectors {@code [captions, width]}, of length 1
 */
@SuppressWarnings("ArrayRecordComponent") // large, and never compared
public record CaptionVectors(Encoder encoder, List<String> captions, float[][] vectors) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final TypeReference<List<String>> TEXTS = new TypeReference<>() {};
  private static final String FILE = "captions.safetensors";
  private static final String VECTORS = "vectors";
  private static final String CAPTIONS = "captions";
  private static final String NAME = "encoder";
  private static final String SUM = "encoder_sha256";

  /**
   * A sentence encoder.
   *
   * @param name by which it can be opened again
   * @param sha256 of its weights: others' embeddings mean nothing to a network
   */
  public record Encoder(String name, String sha256) {}

  public CaptionVectors {
    captions = List.copyOf(captions);
    if (captions.isEmpty() || captions.size() != vectors.length) {
      throw new IllegalArgumentException(
          vectors.length + " embeddings of " + captions.size() + " captions: need one each");
    }
    if (new HashSet<>(captions).size() < captions.size()) {
      throw new IllegalArgumentException("a caption stands twice");
    }
    int width = vectors[0].length;
    if (width == 0 || Arrays.stream(vectors).anyMatch(vector -> vector.length != width)) {
      throw new IllegalArgumentException("embeddings are not of one width");
    }
  }

  /** Width of an embedding. */
  public int width() {
    return vectors[0].length;
  }

  /**
   * Embeddings as networks are told them, fp32 {@code [rows, width]}: times the root of the width,
   * so that a value is about as large as other inputs of a layer. Zeros stay zeros, and stand for
   * no caption.
   */
  public static Tensor told(float[][] rows) {
    int width = rows[0].length;
    float scale = (float) Math.sqrt(width);
    float[] all = new float[rows.length * width];
    for (int i = 0; i < all.length; i++) {
      all[i] = scale * rows[i / width][i % width];
    }
    return TensorMemory.floats(all, rows.length, width);
  }

  /** Of captions and embeddings: runs on others cannot go on. */
  String sha256() {
    try (PointerScope scope = new PointerScope()) {
      byte[] texts = String.join("\n", captions).getBytes(StandardCharsets.UTF_8);
      byte[] numbers = TensorMemory.segment(told(vectors)).toArray(ValueLayout.JAVA_BYTE);
      return Sha256.of(
          Sha256.of(texts).concat(Sha256.of(numbers)).getBytes(StandardCharsets.UTF_8));
    }
  }

  /** Writes them into a run's folder, whole or not at all. */
  void write(Path run) throws IOException {
    try (PointerScope scope = new PointerScope()) {
      SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
      float[] all = new float[vectors.length * width()];
      for (int i = 0; i < vectors.length; i++) {
        System.arraycopy(vectors[i], 0, all, i * width(), width());
      }
      tensors.put(VECTORS, TensorMemory.floats(all, vectors.length, width()));
      Map<String, String> metadata = new LinkedHashMap<>();
      metadata.put(NAME, encoder.name);
      metadata.put(SUM, encoder.sha256);
      metadata.put(CAPTIONS, JSON.writeValueAsString(captions));
      SafetensorsWriter.write(run.resolve(FILE), tensors, metadata);
    }
  }

  /**
   * Those of a run's folder; empty for a run without captions.
   *
   * @throws FormatException if they are damaged
   */
  public static Optional<CaptionVectors> read(Path run) throws IOException {
    Path file = run.resolve(FILE);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try (SafetensorsFile stored = SafetensorsFile.open(file);
        PointerScope scope = new PointerScope()) {
      Map<String, String> metadata = stored.metadata();
      if (!stored.names().contains(VECTORS)
          || !metadata.keySet().containsAll(List.of(NAME, SUM, CAPTIONS))) {
        throw new FormatException(file, 0, "no captions with their embeddings");
      }
      Tensor vectors = stored.tensor(VECTORS);
      if (vectors.dim() != 2) {
        throw new FormatException(file, 0, "embeddings of " + vectors.dim() + " dimensions");
      }
      int width = Math.toIntExact(vectors.size(1));
      float[] all = TensorMemory.floats(vectors);
      float[][] rows = new float[Math.toIntExact(vectors.size(0))][];
      Arrays.setAll(rows, i -> Arrays.copyOfRange(all, i * width, (i + 1) * width));
      return Optional.of(
          new CaptionVectors(
              new Encoder(metadata.get(NAME), metadata.get(SUM)),
              JSON.readValue(metadata.get(CAPTIONS), TEXTS),
              rows));
    } catch (JsonProcessingException | IllegalArgumentException damaged) {
      throw new FormatException(file, 0, "captions or embeddings are damaged");
    }
  }
}
