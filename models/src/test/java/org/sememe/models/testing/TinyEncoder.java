package org.sememe.models.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.safetensors.SafetensorsWriter;

/** A BERT of one layer and random weights, with a tokenizer of some words, as a folder. */
public final class TinyEncoder {
  /** Width of the residual stream, and of sentence vectors. */
  public static final int WIDTH = 8;

  /** The longest text in tokens, marks included. */
  public static final int CONTEXT = 10;

  private static final int MLP = 12;

  private final List<String> words;
  private final RandomStream random;
  private final SequencedMap<String, Tensor> weights = new LinkedHashMap<>();

  private TinyEncoder(List<String> words, long seed) {
    this.words = words;
    this.random = RandomStream.of(seed);
  }

  /** The special tokens, then some words. */
  public static List<String> words(String... words) {
    return Stream.concat(Stream.of("[PAD]", "[UNK]", "[CLS]", "[SEP]"), Stream.of(words)).toList();
  }

  /**
   * Writes one into a folder that is there; it does not say yet how sentence vectors are made.
   *
   * @param words of {@link #words(String...)}
   */
  public static void write(Path folder, List<String> words, long seed) throws IOException {
    new TinyEncoder(words, seed).write(folder);
  }

  private void write(Path folder) throws IOException {
    Files.writeString(
        folder.resolve("config.json"),
        """
        {"model_type": "bert", "num_hidden_layers": 1, "hidden_size": %d,
         "num_attention_heads": 2, "intermediate_size": %d, "vocab_size": %d,
         "max_position_embeddings": %d}
        """
            .formatted(WIDTH, MLP, words.size(), CONTEXT));
    Files.writeString(folder.resolve("tokenizer.json"), tokenizer());
    Files.writeString(folder.resolve("tokenizer_config.json"), "{\"sep_token\": \"[SEP]\"}");
    try (PointerScope scope = new PointerScope()) {
      embeddings();
      block();
      SafetensorsWriter.write(folder.resolve("model.safetensors"), weights, Map.of());
    }
  }

  /** Says how sentence vectors are made: the mean, brought to norm 1. */
  public static void pooling(Path folder) throws IOException {
    Files.writeString(
        folder.resolve("modules.json"),
        """
        [{"path": "", "type": "x.Transformer"}, {"path": "1_Pooling", "type": "x.Pooling"},
         {"path": "2_Normalize", "type": "x.Normalize"}]
        """);
    Files.createDirectories(folder.resolve("1_Pooling"));
    Files.writeString(
        folder.resolve("1_Pooling").resolve("config.json"), "{\"pooling_mode_mean_tokens\": true}");
  }

  private String tokenizer() {
    StringBuilder vocabulary = new StringBuilder();
    StringBuilder added = new StringBuilder();
    for (int id = 0; id < words.size(); id++) {
      String comma = id == 0 ? "" : ", ";
      vocabulary.append("%s\"%s\": %d".formatted(comma, words.get(id), id));
      if (words.get(id).startsWith("[")) {
        added.append(
            """
            %s{"id": %d, "content": "%s", "special": true, "single_word": false, "lstrip": false,
               "rstrip": false, "normalized": false}
            """
                .formatted(comma, id, words.get(id)));
      }
    }
    return """
    {"version": "1.0", "added_tokens": [%s],
     "pre_tokenizer": {"type": "BertPreTokenizer"},
     "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
     "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
       "max_input_chars_per_word": 100, "vocab": {%s}}}
    """
        .formatted(added, vocabulary);
  }

  private void embeddings() {
    random("embeddings.word_embeddings.weight", words.size(), WIDTH);
    random("embeddings.position_embeddings.weight", CONTEXT, WIDTH);
    random("embeddings.token_type_embeddings.weight", 2, WIDTH);
    norm("embeddings.LayerNorm");
  }

  private void block() {
    String block = "encoder.layer.0.";
    for (String part : List.of("query", "key", "value")) {
      linear(block + "attention.self." + part, WIDTH, WIDTH);
    }
    linear(block + "attention.output.dense", WIDTH, WIDTH);
    norm(block + "attention.output.LayerNorm");
    linear(block + "intermediate.dense", MLP, WIDTH);
    linear(block + "output.dense", WIDTH, MLP);
    norm(block + "output.LayerNorm");
  }

  private void linear(String name, int rows, int columns) {
    random(name + ".weight", rows, columns);
    random(name + ".bias", rows);
  }

  private void norm(String name) {
    random(name + ".weight", WIDTH);
    random(name + ".bias", WIDTH);
  }

  private void random(String name, long... shape) {
    int size = (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) random.nextGaussian();
    }
    weights.put(name, TensorMemory.floats(values, shape));
  }
}
