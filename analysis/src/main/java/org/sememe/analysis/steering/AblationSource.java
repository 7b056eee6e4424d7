package org.sememe.analysis.steering;

/**
 * Measures what a feature does at each token. The server calls it from one thread at a time.
 *
 * <p>Both methods throw {@link IllegalArgumentException} with a message for the person if there is
 * no such latent, example or token.
 */
public interface AblationSource {
  /** In one of the feature's indexed examples, after all of the context that stands before it. */
  Ablation ablateExample(int latent, int example);

  /** In a text. */
  Ablation ablateText(int latent, String text);
}
