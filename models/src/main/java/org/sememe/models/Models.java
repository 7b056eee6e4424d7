package org.sememe.models;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.sememe.models.blocks.ModelFolder;
import org.sememe.models.decoder.DecoderFiles;
import org.sememe.models.encoder.EncoderModel;
import org.sememe.tensors.FormatException;

/** Opens models. */
public final class Models {
  private Models() {}

  /**
   * Opens a causal language model: a GGUF file of the llama, qwen2 or qwen3 architecture, or a
   * Hugging Face folder of the GPT-2, GPT-NeoX, Llama, Mistral, Qwen 2 or 3, Gemma 2 or 3, Phi 3 or
   * SmolLM 3 family. Reads and widens all weights (4 bytes each) to fp32; the caller closes the
   * model.
   *
   * @throws FormatException if a file is damaged or of a kind not known
   */
  public static LanguageModel open(Path fileOrFolder) throws IOException {
    if (!Files.isDirectory(fileOrFolder)) {
      return DecoderFiles.gguf(fileOrFolder);
    }
    if (encoder(fileOrFolder)) {
      throw new FormatException(
          fileOrFolder, 0, "is an encoder, which writes no text: this needs a causal model");
    }
    return DecoderFiles.huggingFace(fileOrFolder);
  }

  /**
   * Opens a model of any kind: those of {@link #open}, or an encoder's Hugging Face folder (BERT,
   * sentence-transformers' MiniLM), which is an {@link EncoderModel}.
   *
   * @throws FormatException if a file is damaged or of a kind not known
   */
  public static Network openNetwork(Path fileOrFolder) throws IOException {
    return Files.isDirectory(fileOrFolder) && encoder(fileOrFolder)
        ? EncoderModel.open(fileOrFolder)
        : open(fileOrFolder);
  }

  private static boolean encoder(Path folder) throws IOException {
    return new ModelFolder(folder).config().text("model_type", "").equals(EncoderModel.FAMILY);
  }
}
