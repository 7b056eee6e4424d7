package org.sememe.models.tokenizer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.sememe.tensors.FormatException;

/** Opens tokenizers, without their model's weights. */
public final class Tokenizers {
  private Tokenizers() {}

  /**
   * The tokenizer of a model: inside a GGUF file, or beside the weights in a Hugging Face folder.
   * The caller closes it.
   *
   * @throws FormatException if there is none, or of a kind not known
   */
  public static Tokenizer open(Path fileOrFolder) throws IOException {
    try {
      return new LibraryTokenizer(definition(fileOrFolder));
    } catch (IllegalArgumentException e) {
      throw new FormatException(fileOrFolder, 0, "the tokenizer is damaged: " + e.getMessage());
    }
  }

  private static TokenizerDefinition definition(Path fileOrFolder) throws IOException {
    if (!Files.isDirectory(fileOrFolder)) {
      return GgufTokenizer.read(fileOrFolder);
    }
    if (!FolderTokenizer.in(fileOrFolder)) {
      throw new FormatException(
          fileOrFolder, 0, "no " + FolderTokenizer.FILE + ": no tokenizer in this folder is read");
    }
    return FolderTokenizer.read(fileOrFolder);
  }
}
