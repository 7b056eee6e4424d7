package org.sememe.models.unet;

import java.util.function.Supplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/** Frees what a part of a network needs on its way: large pictures would fill the memory else. */
final class Scratch {
  private Scratch() {}

  /** The part's result in the caller's scope; everything else that it made is freed. */
  static Tensor keep(Supplier<Tensor> part) {
    PointerScope callers = PointerScope.getInnerScope();
    try (PointerScope scope = new PointerScope()) {
      Tensor made = part.get();
      if (callers == null) {
        made.retainReference();
      } else {
        callers.attach(made);
      }
      return made;
    }
  }
}
