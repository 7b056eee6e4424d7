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
  SEMEME("sememe"),
  /** SAELens 6. */
  SAELENS("saelens"),
  /** EleutherAI sparsify: a folder a hook point. */
  SPARSIFY("sparsify"),
  /** dictionary_learning: {@code ae.pt} and {@code config.json}. */
  DICTIONARY_LEARNING("dictionary_learning"),
  /** openai/sparse_autoencoder: {@code autoencoders/LAYER.pt}. */
  OPENAI("openai"),
  /** OpenMOSS Llamascopium: {@code config.json} and {@code sae_weights.safetensors}. */
  LLAMASCOPIUM("llamascopium");

  private final String key;

  ExportFormat(String key) {
    this.key = key;
  }

  /** How one layout is written. */
  interface Writer {
    /** Writes into a folder that is there. */
    void write(Portable dictionary, Path folder) throws IOException;
  }

  /** The name on the command line. */
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
      Portable portable = Portable.of(dictionary, key);
      Files.createDirectories(folder);
      writer().write(portable, folder);
    }
  }

  private Writer writer() {
    return switch (this) {
      case SEMEME -> new SaeLensExport(true);
      case SAELENS -> new SaeLensExport(false);
      case SPARSIFY -> new SparsifyExport();
      case DICTIONARY_LEARNING -> new DictionaryLearningExport();
      case OPENAI -> new OpenAiExport();
      case LLAMASCOPIUM -> new LlamascopiumExport();
    };
  }
}
