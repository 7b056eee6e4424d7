package org.sememe.sae.design;

/** A piece of the user's own that no jar offers, or that refuses its options. */
public final class PieceException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  PieceException(String message) {
    super(message);
  }

  PieceException(OwnPiece piece, IllegalArgumentException refusal) {
    super(piece + ": " + refusal.getMessage(), refusal);
  }
}
