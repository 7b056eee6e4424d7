package org.sememe.models;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.sememe.models.decoder.DecoderFiles;

/** Opens models. */
public final class Models {
  private Models() {}

  /**
   * Opens a causal language model: a GGUF file of the llama architecture, or a Hugging Face folder
   * of the GPT-2, GPT-NeoX, Llama, Mistral, Qwen 2 or 3, Gemma 2 or 3, Phi 3 or SmolLM 3 family.
   * Reads and widens all weights (4 bytes each) to fp32; the caller closes the model.
   *
   * @throws org.sememe.tensors.FormatException if a file is damaged or of a kind not known
   */
  public static LanguageModel open(Path fileOrFolder) throws IOException {
    return Files.isDirectory(fileOrFolder)
        ? DecoderFiles.huggingFace(fileOrFolder)
        : DecoderFiles.gguf(fileOrFolder);
  }
}
