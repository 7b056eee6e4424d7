package org.sememe.sae.objective;

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

  private ParameterNames() {}
}
