package org.sememe.training;

import org.sememe.sae.design.CustomPenalty;
import org.sememe.sae.design.OwnPiece;
import org.sememe.sae.design.Penalty;
import org.sememe.sae.design.Pieces;

/** Penalties as text: a name, and after a colon the number that some have. */
final class PenaltyText {
  static final String EXPECTED =
      "one of l1, power-sum:P, p-norm:P, tanh:SCALE, l0, target-l0:L0, own:NAME, or auto";

  private static final String OWN = "own";

  private PenaltyText() {}

  static Penalty parse(String text) {
    int colon = text.indexOf(':');
    String name = colon < 0 ? text : text.substring(0, colon);
    if (colon < 0) {
      return switch (name) {
        case "l1" -> new Penalty.L1();
        case "l0" -> new Penalty.L0();
        default -> throw new IllegalArgumentException(text);
      };
    }
    if (name.equals(OWN)) {
      return Pieces.here().penalty(OwnPiece.parse(text.substring(colon + 1)));
    }
    double number = OptionText.number(text.substring(colon + 1));
    return switch (name) {
      case "power-sum" -> new Penalty.PowerSum(number);
      case "p-norm" -> new Penalty.PNorm(number);
      case "tanh" -> new Penalty.Tanh(number);
      case "target-l0" -> new Penalty.TargetL0(number);
      default -> throw new IllegalArgumentException(text);
    };
  }

  static String text(Penalty penalty) {
    return switch (penalty) {
      case Penalty.L1() -> "l1";
      case Penalty.PowerSum(double p) -> "power-sum:" + p;
      case Penalty.PNorm(double p) -> "p-norm:" + p;
      case Penalty.Tanh(double scale) -> "tanh:" + scale;
      case Penalty.L0() -> "l0";
      case Penalty.TargetL0(double target) -> "target-l0:" + target;
      case Penalty.Custom(OwnPiece piece, CustomPenalty _) -> OWN + ":" + piece;
      default -> throw new IllegalArgumentException(penalty + " has no name in options");
    };
  }
}
