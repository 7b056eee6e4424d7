package org.sememe.models.blocks;

import static org.bytedeco.pytorch.global.torch.grad;
import static org.bytedeco.pytorch.global.torch.zeros_like;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.sememe.models.Forward;
import org.sememe.models.HookPoint;

/** The tensors one run captured, by own handles that no scope closes. */
public final class CapturedForward implements Forward {
  private final Map<String, Tensor> kept = new LinkedHashMap<>();

  /** Keeps a further handle to the tensor; the caller's stays its own. */
  public void keep(String hook, Tensor tensor) {
    Tensor handle = new Tensor(tensor);
    handle.retainReference();
    Tensor before = kept.put(hook, handle);
    if (before != null) {
      before.close();
    }
  }

  @Override
  public Set<String> hooks() {
    return Collections.unmodifiableSet(kept.keySet());
  }

  @Override
  public Tensor activation(String hook) {
    Tensor tensor = kept.get(hook);
    if (tensor == null) {
      throw new IllegalArgumentException(
          "'" + hook + "' was not captured, only " + kept.keySet() + "; is the run closed?");
    }
    return tensor;
  }

  @Override
  public Tensor logits() {
    if (!kept.containsKey(HookPoint.LOGITS)) {
      throw new IllegalStateException("the plan asked for no logits, or the run is closed");
    }
    return activation(HookPoint.LOGITS);
  }

  @Override
  public Tensor gradient(Tensor scalar, String hook) {
    Tensor activation = activation(hook);
    if (!activation.requires_grad()) {
      throw new IllegalArgumentException(
          "no gradient was recorded at '" + hook + "': name it in HookPlan.Builder.gradients");
    }
    if (!scalar.requires_grad()) {
      throw new IllegalArgumentException(
          "the scalar does not depend on any recorded activation, or recording was off");
    }
    Tensor gradient;
    try (PointerScope scope = new PointerScope()) {
      boolean keepGraph = true;
      Tensor found =
          grad(
                  new TensorVector(scalar),
                  new TensorVector(activation),
                  new TensorVector(),
                  new BoolOptional(keepGraph),
                  /* create_graph= */ false,
                  /* allow_unused= */ true)
              .get(0);
      gradient = found.defined() ? new Tensor(found) : zeros_like(activation);
      gradient.retainReference();
    }
    PointerScope callers = PointerScope.getInnerScope();
    if (callers != null) {
      callers.attach(gradient);
      gradient.releaseReference();
    }
    return gradient;
  }

  @Override
  public void close() {
    kept.values().forEach(Tensor::close);
    kept.clear();
  }
}
