package org.sememe.sae.objective;

import java.util.Set;

/** What trained tensors are called. Matrices of encoder and decoder are latent-major. */
public final class ParameterNames {
  /** Encoder {@code [F, d]}. */
  public static final String W_ENC = "W_enc";

  /** Decoder {@code [F, d_out]}. */
  public static final String W_DEC = "W_dec";

  /** Encoder's bias {@code [F]}; a gated dictionary's is its gate's. */
  public static final String B_ENC = "b_enc";

  /** Decoder's bias {@code [d_out]}. */
  public static final String B_DEC = "b_dec";

  /** JumpReLU's thresholds {@code [F]}. */
  public static final String THRESHOLD = "threshold";

  /** Their logarithms, where these are trained in their place {@code [F]}. */
  public static final String LOG_THRESHOLD = "log_threshold";

  /** Gated: logarithm of the magnitude's scale over the gate's {@code [F]}. */
  public static final String R_MAG = "r_mag";

  /** Gated: the magnitude's bias {@code [F]}. */
  public static final String B_MAG = "b_mag";

  /** Skip connection {@code [d_out, d]}. */
  public static final String W_SKIP = "W_skip";

  /** KronSAE: directions of the first halves, head by head {@code [heads m, d]}. */
  public static final String W_P = "W_P";

  /** KronSAE: directions of the second halves, head by head {@code [heads n, d]}. */
  public static final String W_Q = "W_Q";

  /** KronSAE: the first halves' biases {@code [heads m]}. */
  public static final String B_P = "b_P";

  /** KronSAE: the second halves' biases {@code [heads n]}. */
  public static final String B_Q = "b_Q";

  /** Switch SAE: the router's directions {@code [experts, d]}. */
  public static final String W_ROUTER = "W_router";

  /** Switch SAE: what is taken from rows before they are routed {@code [d]}. */
  public static final String B_ROUTER = "b_router";

  /** Archetypal decoder: shares of the points in each row {@code [F, points]}. */
  public static final String W_MIX = "W_mix";

  /** Archetypal decoder: what is added to rows in the points' hull {@code [F, d]}. */
  public static final String RELAXATION = "relaxation";

  /** Archetypal decoder: logarithm of the number that all rows are multiplied by {@code [1]}. */
  public static final String LOG_SCALE = "log_scale";

  /** Archetypal decoder: the points {@code [points, d]}. Constant, never trained. */
  public static final String POINTS = "points";

  private static final Set<String> CONSTANT = Set.of(POINTS);

  private ParameterNames() {}

  /** Whether a tensor of this name is part of a dictionary but is not trained. */
  public static boolean constant(String name) {
    return CONSTANT.contains(name);
  }
}
