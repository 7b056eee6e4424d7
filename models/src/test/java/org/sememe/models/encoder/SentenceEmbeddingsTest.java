package org.sememe.models.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.models.Forward;
import org.sememe.models.HookPlan;
import org.sememe.models.TokenBatch;
import org.sememe.models.testing.TinyEncoder;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;
import org.sememe.tensors.pickle.TorchFileWriter;
import org.sememe.tensors.protobuf.MessageBytes;
import org.sememe.tensors.safetensors.SafetensorsFile;
import org.sememe.tensors.tensorflow.BundleBytes;
import org.sememe.tensors.testing.LeakMeter;

/** Texts to sentence vectors through a tiny random encoder with a tokenizer of letters. */
class SentenceEmbeddingsTest {
  private static final long SEED = 7;
  private static final int WIDTH = TinyEncoder.WIDTH;
  private static final int CONTEXT = TinyEncoder.CONTEXT;
  private static final List<String> WORDS = TinyEncoder.words("red", "green", "blue");

  @TempDir Path folder;

  @BeforeEach
  void write() throws Exception {
    Torch.start(2);
    TinyEncoder.write(folder, WORDS, SEED);
  }

  @Test
  void aTextIsReadBetweenItsMarks() throws Exception {
    TinyEncoder.pooling(folder);
    try (EncoderModel model = EncoderModel.open(folder)) {
      float[][] vectors = model.embeddings(List.of("red blue", "green", "[SEP]"));
      assertThat(vectors[0]).as("seed %d", SEED).isNotEqualTo(vectors[1]);
      close(vectors[0], byHand(model, 2, 4, 6, 3));
      close(vectors[1], byHand(model, 2, 5, 3));
      assertThat(vectors[2]).as("a mark in the text is text").isNotEqualTo(byHand(model, 2, 3, 3));
      double norm = IntStream.range(0, WIDTH).mapToDouble(i -> vectors[0][i] * vectors[0][i]).sum();
      assertThat(norm).isCloseTo(1, within(1e-5));
    }
  }

  @Test
  void aLongTextIsCutToTheContext() throws Exception {
    TinyEncoder.pooling(folder);
    try (EncoderModel model = EncoderModel.open(folder)) {
      float[] cut = model.embeddings(List.of("red ".repeat(3 * CONTEXT)))[0];
      close(cut, byHand(model, 2, 4, 4, 4, 4, 4, 4, 4, 4, 3));
    }
  }

  @Test
  void runsLeaveNothingBehind() throws Exception {
    TinyEncoder.pooling(folder);
    try (EncoderModel model = EncoderModel.open(folder)) {
      LeakMeter.assertFlat(
          100, 64L << 20, () -> model.embeddings(List.of("red blue", "green green green")));
    }
  }

  @Test
  void aFolderThatDoesNotSayHowIsRefused() throws Exception {
    try (EncoderModel model = EncoderModel.open(folder)) {
      assertThatThrownBy(() -> model.embeddings(List.of("red")))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("modules.json");
    }
  }

  @Test
  void theSameWeightsInOtherFiles() throws Exception {
    TinyEncoder.pooling(folder);
    float[] expected = embedded();
    try (PointerScope scope = new PointerScope();
        SafetensorsFile file = SafetensorsFile.open(folder.resolve("model.safetensors"))) {
      shardedPickle(file);
      checkpoint(file);
      onnx(file);
    }
    Files.delete(folder.resolve("model.safetensors"));
    for (String kind : List.of("pytorch_model.bin.index.json", "model.onnx", "variables.index")) {
      assertThat(folder.resolve(kind)).exists();
      assertThat(embedded()).as(kind).isEqualTo(expected);
      Files.delete(folder.resolve(kind));
    }
    assertThatThrownBy(this::embedded).hasMessageContaining("no weights: need one of");
  }

  private float[] embedded() throws Exception {
    try (EncoderModel model = EncoderModel.open(folder)) {
      return model.embeddings(List.of("red green blue"))[0];
    }
  }

  private void shardedPickle(SafetensorsFile file) throws Exception {
    StringBuilder map = new StringBuilder();
    for (int shard = 0; shard < 2; shard++) {
      SequencedMap<String, Tensor> part = new LinkedHashMap<>();
      String name = "pytorch_model-%d.bin".formatted(shard);
      for (String tensor : file.names()) {
        if (tensor.endsWith("bias") == (shard == 0)) {
          part.put(tensor, file.tensor(tensor));
          map.append(map.isEmpty() ? "" : ",").append("\"%s\": \"%s\"".formatted(tensor, name));
        }
      }
      TorchFileWriter.write(folder.resolve(name), part);
    }
    Files.writeString(
        folder.resolve("pytorch_model.bin.index.json"), "{\"weight_map\": {" + map + "}}");
  }

  /** As TensorFlow names and turns them. */
  private void checkpoint(SafetensorsFile file) throws Exception {
    SequencedMap<String, Tensor> variables = new TreeMap<>();
    for (String name : file.names()) {
      boolean norm = name.contains("LayerNorm");
      boolean kernel = !norm && name.startsWith("encoder") && name.endsWith("weight");
      String path =
          name.replace("layer.0", "layer_0")
              .replaceAll("_embeddings.weight", "_embeddings")
              .replaceAll("weight$", norm ? "gamma" : "kernel")
              .replaceAll("bias$", norm ? "beta" : "bias")
              .replace('.', '/');
      Tensor tensor = file.tensor(name);
      variables.put("module/bert/" + path, kernel ? tensor.t().contiguous() : tensor);
    }
    BundleBytes bundle = BundleBytes.start();
    variables.forEach(
        (name, tensor) ->
            bundle.floats(name, TensorMemory.shape(tensor), TensorMemory.floats(tensor)));
    bundle.write(folder);
  }

  /** As torch's exporter names and turns them. */
  private void onnx(SafetensorsFile file) throws Exception {
    MessageBytes graph = new MessageBytes();
    for (String name : file.names()) {
      boolean factor =
          name.startsWith("encoder") && name.endsWith("weight") && !name.contains("LayerNorm");
      Tensor tensor = factor ? file.tensor(name).t().contiguous() : file.tensor(name);
      String stored = factor ? "onnx::MatMul_" + name.hashCode() : name;
      if (factor) {
        String module = "/" + name.substring(0, name.length() - 7).replaceAll("\\.(?!0)", "/");
        graph.message(
            1,
            new MessageBytes()
                .text(1, "x")
                .text(1, stored)
                .text(3, module + "/MatMul")
                .text(4, "MatMul"));
      }
      MessageBytes initialiser = new MessageBytes().number(2, 1).text(8, stored);
      for (long size : TensorMemory.shape(tensor)) {
        initialiser.number(1, size);
      }
      byte[] bytes = TensorMemory.segment(tensor).toArray(ValueLayout.JAVA_BYTE);
      graph.message(5, initialiser.bytes(9, bytes));
    }
    Files.write(folder.resolve("model.onnx"), new MessageBytes().message(7, graph).toBytes());
  }

  @Test
  void aVocabularyAloneIsATokenizer() throws Exception {
    TinyEncoder.pooling(folder);
    float[] expected = embedded();
    Files.delete(folder.resolve("tokenizer.json"));
    Files.delete(folder.resolve("tokenizer_config.json"));
    Path vocabulary = folder.resolve("vocab.txt");
    Files.write(vocabulary, WORDS);
    assertThatThrownBy(this::embedded).hasMessageContaining("no line [MASK]");
    Files.writeString(vocabulary, String.join("\n", WORDS) + "\n[MASK]\n");
    assertThat(embedded()).isEqualTo(expected);
    Files.writeString(vocabulary, String.join("\n", WORDS) + "\nred\n");
    assertThatThrownBy(this::embedded).hasMessageContaining("line 8 says again red");
  }

  @Test
  void logitsWithoutAHeadAreRefused() throws Exception {
    try (EncoderModel model = EncoderModel.open(folder)) {
      TokenBatch batch = TokenBatch.of(new int[] {2, 4, 3});
      assertThatThrownBy(() -> model.run(batch, HookPlan.builder().logits().build()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("no head of masked words");
    }
  }

  private static void close(float[] actual, float[] expected) {
    assertThat(actual).as("seed %d", SEED).hasSize(expected.length);
    for (int i = 0; i < actual.length; i++) {
      assertThat(actual[i]).as("seed %d", SEED).isCloseTo(expected[i], within(1e-5f));
    }
  }

  private static float[] byHand(EncoderModel model, int... ids) {
    String last = model.lastHidden().name();
    TokenBatch batch = TokenBatch.of(ids);
    try (Forward forward = model.run(batch, HookPlan.builder().capture(last).build())) {
      float[] hidden = TensorMemory.floats(forward.activation(last));
      double[] mean = new double[WIDTH];
      for (int i = 0; i < hidden.length; i++) {
        mean[i % WIDTH] += hidden[i] / (double) ids.length;
      }
      double norm = Math.sqrt(IntStream.range(0, WIDTH).mapToDouble(i -> mean[i] * mean[i]).sum());
      float[] vector = new float[WIDTH];
      for (int i = 0; i < WIDTH; i++) {
        vector[i] = (float) (mean[i] / norm);
      }
      return vector;
    }
  }
}
