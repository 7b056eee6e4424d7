package org.sememe.models.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sememe.models.testing.CachedModel;
import org.sememe.models.tokenizer.Tokenizer;
import org.sememe.tensors.Torch;

/** The published encoders, where they have been pulled, against what is known of them. */
class PublishedEncodersTest {
  private static final List<String> SENTENCES =
      List.of(
          "The cat sat on the mat.",
          "A ship left the harbour before dawn.",
          "Interest rates rose by a quarter of a point.",
          "He plays the violin.",
          "She plays the cello, and he the violin.",
          "Water boils at 100 degrees Celsius at sea level.",
          "WHO WROTE THIS?",
          "naïve café déjà vu",
          "Bonjour, comment ça va ?",
          "Die Würde des Menschen ist unantastbar.",
          "東京は日本の首都です。",
          "int main(void) { return 0; }",
          "https://example.org/a?b=c",
          "x",
          "1 2 3 4 5 6 7 8 9 10",
          "The quick brown fox jumps over the lazy dog, again and again and again.",
          "Photosynthesis turns light into chemical energy.",
          "\u00bfQu\u00e9 hora es?",
          "It's a do-or-die situation; isn't it?",
          "Colourless green ideas sleep furiously, said the linguist, and nobody disagreed with him.");

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  /** The probability was measured once with the original library. */
  @Test
  void theCapitalOfFrance() throws Exception {
    Path folder = CachedModel.require("bert-base-uncased");
    try (EncoderModel model = EncoderModel.open(folder)) {
      String text = "The capital of France is [MASK].";
      MaskedWords words = MaskedWords.of(model, text, 3);
      MaskedWords.Guess best = words.masks().getFirst().guesses().getFirst();
      assertThat(model.tokenizer().token(best.id())).isEqualTo("paris");
      assertThat(best.probability()).isCloseTo(0.417, within(1e-3));
      assertThatThrownBy(() -> MaskedWords.of(model, "no mask", 3))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("write [MASK]");
    }
  }

  /** The same vectors as their own graph gives, run by ONNX Runtime and pooled by hand. */
  @ParameterizedTest
  @CsvSource({"all-minilm-l6-v2, true", "bge-small-en-v1.5, false"})
  void sentenceVectorsOfTheirOwnGraph(String name, boolean mean) throws Exception {
    Path folder = CachedModel.require(name);
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (EncoderModel model = EncoderModel.open(folder);
        OrtSession session = environment.createSession(folder.resolve("model.onnx").toString())) {
      float[][] vectors = model.embeddings(SENTENCES);
      for (int i = 0; i < SENTENCES.size(); i++) {
        float[] expected = vector(environment, session, model.tokenizer(), SENTENCES.get(i), mean);
        assertThat(vectors[i]).hasSameSizeAs(expected);
        for (int j = 0; j < expected.length; j++) {
          assertThat(vectors[i][j]).as(SENTENCES.get(i)).isCloseTo(expected[j], within(1e-5f));
        }
      }
    }
  }

  private static float[] vector(
      OrtEnvironment environment,
      OrtSession session,
      Tokenizer tokenizer,
      String text,
      boolean mean)
      throws Exception {
    int[] words = tokenizer.encode(text).ids();
    long[] ids = new long[words.length + 2];
    ids[0] = tokenizer.encode("[CLS]").ids()[0];
    for (int i = 0; i < words.length; i++) {
      ids[i + 1] = words[i];
    }
    ids[ids.length - 1] = tokenizer.encode("[SEP]").ids()[0];
    long[] ones = new long[ids.length];
    Arrays.fill(ones, 1);
    try (OnnxTensor input = OnnxTensor.createTensor(environment, new long[][] {ids});
        OnnxTensor mask = OnnxTensor.createTensor(environment, new long[][] {ones});
        OnnxTensor kinds =
            OnnxTensor.createTensor(environment, new long[][] {new long[ids.length]});
        OrtSession.Result result =
            session.run(
                Map.of("input_ids", input, "attention_mask", mask, "token_type_ids", kinds))) {
      float[][] hidden = ((float[][][]) result.get(0).getValue())[0];
      return normalised(mean ? mean(hidden) : hidden[0]);
    }
  }

  private static float[] mean(float[][] hidden) {
    float[] mean = new float[hidden[0].length];
    for (float[] token : hidden) {
      for (int i = 0; i < mean.length; i++) {
        mean[i] += token[i] / hidden.length;
      }
    }
    return mean;
  }

  private static float[] normalised(float[] vector) {
    double sum = 0;
    for (float value : vector) {
      sum += (double) value * value;
    }
    float[] result = new float[vector.length];
    for (int i = 0; i < result.length; i++) {
      result[i] = (float) (vector[i] / Math.sqrt(sum));
    }
    return result;
  }
}
