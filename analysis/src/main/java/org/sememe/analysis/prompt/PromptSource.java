package org.sememe.analysis.prompt;

/**
 * Runs a text through the model and the dictionary. The server calls it from one thread at a time.
 */
public interface PromptSource extends AutoCloseable {

  /**
   * The strongest features of each token and of the whole text.
   *
   * @throws IllegalArgumentException if the text cannot be analysed; the message is shown to the
   *     person
   */
  PromptAnalysis analyse(String text);

  @Override
  void close();
}
