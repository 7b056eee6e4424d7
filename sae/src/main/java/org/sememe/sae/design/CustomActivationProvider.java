package org.sememe.sae.design;

import java.util.Map;

/**
 * Makes activations of one kind from options. A jar names its implementations in {@code
 * META-INF/services/org.sememe.sae.design.CustomActivationProvider}; {@link Pieces} finds them.
 */
public interface CustomActivationProvider {
  /** What recipes call it: lower case, words joined by hyphens. */
  String name();

  /**
   * One with these options.
   *
   * @throws IllegalArgumentException naming an option that is unknown or out of range
   */
  CustomActivation create(Map<String, String> options);
}
