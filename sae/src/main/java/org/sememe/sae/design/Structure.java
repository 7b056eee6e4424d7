package org.sememe.sae.design;

/** What encoder and decoder are made of. */
public record Structure(EncoderKind encoder, DecoderKind decoder, RowNorm rowNorm) {
  /** Matrices of free rows. */
  public static Structure plain() {
    return new Structure(new EncoderKind.Dense(), new DecoderKind.Free(), new RowNorm.Whole());
  }

  /** The same with this encoder. */
  public Structure withEncoder(EncoderKind value) {
    return new Structure(value, decoder, rowNorm);
  }

  /** The same with this decoder. */
  public Structure withDecoder(DecoderKind value) {
    return new Structure(encoder, value, rowNorm);
  }

  /** The same with decoder rows measured so. */
  public Structure withRowNorm(RowNorm value) {
    return new Structure(encoder, decoder, value);
  }
}
