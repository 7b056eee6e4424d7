package org.sememe.diffusion.pictures;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.Sha256;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.safetensors.SafetensorsFile;
import org.sememe.tensors.safetensors.SafetensorsWriter;

/**
 * A whole set in one safetensors file: {@code train.pixels} uint8 {@code [n, channels, side, side]}
 * and {@code train.labels} int64 {@code [n]}, the same of {@code test}; names of classes, captions
 * and the pixels' SHA-256 in the metadata.
 *
 * @param file its path
 */
public record PackedPictures(Path file) {
  /** How its name ends. */
  public static final String ENDING = ".safetensors";

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final TypeReference<List<String>> TEXTS = new TypeReference<>() {};

  /** Writes both parts, whole or not at all. */
  public void write(NamedPictures train, NamedPictures test) throws IOException {
    try (PointerScope scope = new PointerScope()) {
      SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
      Map<String, String> metadata = new LinkedHashMap<>();
      metadata.put("classes", JSON.writeValueAsString(train.classes()));
      add(PictureSplit.TRAIN, train, tensors, metadata);
      add(PictureSplit.TEST, test, tensors, metadata);
      SafetensorsWriter.write(file, tensors, metadata);
    }
  }

  private static void add(
      PictureSplit split,
      NamedPictures pictures,
      Map<String, Tensor> tensors,
      Map<String, String> metadata)
      throws IOException {
    PictureSet set = pictures.set();
    tensors.put(
        split.key() + ".pixels",
        TensorMemory.copy(
            MemorySegment.ofArray(set.pixels()),
            ScalarType.Byte,
            set.count(),
            set.channels(),
            set.height(),
            set.width()));
    tensors.put(
        split.key() + ".labels",
        TensorMemory.longs(Arrays.stream(set.labels()).asLongStream().toArray(), set.count()));
    metadata.put(split.key() + ".captions", JSON.writeValueAsString(pictures.captions()));
    metadata.put(split.key() + ".sha256", Sha256.of(set.pixels()));
  }

  /**
   * One part of the set.
   *
   * @throws FormatException if it is no such file, or its pixels are not those that were written
   */
  NamedPictures read(PictureSplit split) throws IOException {
    try (SafetensorsFile stored = SafetensorsFile.open(file);
        PointerScope scope = new PointerScope()) {
      String name = split.key() + ".pixels";
      if (!stored.names().contains(name) || !stored.names().contains(split.key() + ".labels")) {
        throw new FormatException(file, 0, "no " + name + ": not a file of diffusion pictures");
      }
      Tensor pixels = stored.tensor(name);
      long[] shape = TensorMemory.shape(pixels);
      byte[] values = TensorMemory.segment(pixels).toArray(ValueLayout.JAVA_BYTE);
      if (shape.length != 4
          || !Sha256.of(values).equals(stored.metadata().get(split.key() + ".sha256"))) {
        throw new FormatException(file, 0, name + " is not what was written: pack the set again");
      }
      int[] labels =
          Arrays.stream(TensorMemory.longs(stored.tensor(split.key() + ".labels")))
              .mapToInt(Math::toIntExact)
              .toArray();
      return new NamedPictures(
          new PictureSet((int) shape[1], (int) shape[2], (int) shape[3], values, labels),
          texts(stored, "classes"),
          texts(stored, split.key() + ".captions"));
    } catch (IllegalArgumentException | ArithmeticException problem) {
      throw new FormatException(file, 0, problem.getMessage());
    }
  }

  private List<String> texts(SafetensorsFile stored, String key) throws FormatException {
    try {
      return JSON.readValue(stored.metadata().getOrDefault(key, "[]"), TEXTS);
    } catch (JsonProcessingException e) {
      throw new FormatException(file, 0, key + " is no list of texts");
    }
  }
}
