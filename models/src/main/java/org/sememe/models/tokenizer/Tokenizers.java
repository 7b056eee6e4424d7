package org.sememe.models.tokenizer;

import java.io.IOException;
import java.nio.file.Path;

/** Opens tokenizers, without their model's weights. */
public final class Tokenizers {
  private Tokenizers() {}

  /**
   * The tokenizer of a model: inside a GGUF file, or beside the weights in a Hugging Face folder.
   * The caller closes it.
   *
   * @throws org.sememe.tensors.FormatException if there is none, or of a kind not known
   */
  public static Tokenizer open(Path fileOrFolder) throws IOException {
    throw new UnsupportedOperationException(fileOrFolder.toString());
  }
}
