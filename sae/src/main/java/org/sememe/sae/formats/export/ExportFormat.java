package org.sememe.sae.formats.export;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.sae.dictionary.SparseCoder;

/** The layouts that dictionaries can be written in. */
public enum ExportFormat {
  /** Our own: SAELens's layout, with sparsities that SAELens does not have. */
  SEMEME("sememe", new SaeLensExport(true)),
  /** SAELens 6. */
  SAELENS("saelens", new SaeLensExport(false)),
  /** EleutherAI sparsify: a folder a hook point. */
  SPARSIFY("sparsify", new SparsifyExport()),
  /** dictionary_learning: {@code ae.pt} and {@code config.json}. */
  DICTIONARY_LEARNING("dictionary_learning", new DictionaryLearningExport()),
  /** Its crosscoder fork: {@code model_final.pt}, or {@code config.json} and safetensors. */
  CROSSCODER_FORK("dictionary_learning_crosscoders", new CrosscoderForkExport()),
  /** openai/sparse_autoencoder: {@code autoencoders/LAYER.pt}. */
  OPENAI("openai", new OpenAiExport()),
  /** bartbussmann/BatchTopK: {@code sae.pt} and {@code config.json}. */
  BATCHTOPK_REPO("batchtopk_repo", new BatchTopKRepoExport()),
  /** oli-clive-griffin/crosscode: {@code model.pt} and {@code model_cfg.yaml}. */
  CROSSCODE("crosscode", new CrosscodeExport()),
  /** OpenMOSS Llamascopium: {@code config.json} and {@code sae_weights.safetensors}. */
  LLAMASCOPIUM("llamascopium", new LlamascopiumExport()),
  /** Llama Scope R1: the same two files, of other names for tensors. */
  LLAMA_SCOPE("llama_scope", new LlamaScopeExport()),
  /** Gemma Scope: {@code params.npz}. */
  GEMMA_SCOPE("gemma_scope", GemmaScopeExport.FIRST),
  /** Gemma Scope 2: {@code params.safetensors} and {@code config.json}. */
  GEMMA_SCOPE_2("gemma_scope_2", GemmaScopeExport.SECOND),
  /** Transcoders of circuit-tracer: {@code layer_N.safetensors} and {@code config.yaml}. */
  CIRCUIT_TRACER("circuit_tracer", new CircuitTracerExport()),
  /** Qwen Scope: {@code layerN.sae.pt} in a folder that names k. */
  QWEN_SCOPE("qwen_scope", StateDictExport.QWEN_SCOPE),
  /** Goodfire: one {@code .pth}. */
  GOODFIRE("goodfire", StateDictExport.GOODFIRE),
  /** DeepSeek-R1: one {@code .pt}. */
  DEEPSEEK_R1("deepseek_r1", StateDictExport.DEEPSEEK_R1),
  /** Attention outputs of GPT-2: a {@code .pt} and its {@code _cfg.json}. */
  CONNOR_ROB("connor_rob", StateDictExport.CONNOR_ROB);

  private final String key;
  private final Writer writer;

  ExportFormat(String key, Writer writer) {
    this.key = key;
    this.writer = writer;
  }

  /** How one layout is written. */
  interface Writer {
    /** Writes into a folder that is there. */
    void write(Portable dictionary, Path folder) throws IOException;

    /** Whether it has rows of several hook points. */
    default boolean crosses() {
      return false;
    }
  }

  /** The name on the command line, which is also what {@code info} calls the library. */
  public String key() {
    return key;
  }

  /** All names. */
  public static List<String> keys() {
    return Arrays.stream(values()).map(ExportFormat::key).toList();
  }

  /** The format of that name. */
  public static Optional<ExportFormat> of(String key) {
    return Arrays.stream(values()).filter(format -> format.key.equals(key)).findAny();
  }

  /**
   * Writes a dictionary; each file is whole or not there. What is read back from it computes the
   * same reconstructions.
   *
   * @throws NotExpressibleException if the layout cannot say what the dictionary does
   */
  public void write(Dictionary dictionary, Path folder) throws IOException {
    if (this == SEMEME && dictionary instanceof SparseCoder coder && CoderFiles.needed(coder)) {
      CoderFiles.save(coder, Map.of(), folder);
      return;
    }
    try (PointerScope scope = new PointerScope()) {
      Portable portable = Portable.of(dictionary, key, writer.crosses());
      Files.createDirectories(folder);
      writer.write(portable, folder);
    }
  }
}
