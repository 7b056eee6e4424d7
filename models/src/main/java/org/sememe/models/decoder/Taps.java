package org.sememe.models.decoder;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.models.HookPlan;
import org.sememe.models.HookPoint;
import org.sememe.models.TokenBatch;
import org.sememe.tensors.TensorMemory;

/** Does a plan's work at each hook point of one run, and knows when nothing more is needed. */
final class Taps {
  private final HookPlan plan;
  private final TokenBatch batch;
  private final DecoderHooks hooks;
  private final CapturedForward captured;
  private final int last;
  private int passed = -1;

  /**
   * @param whole whether all blocks have to run, because a cache is filled
   */
  Taps(
      HookPlan plan,
      TokenBatch batch,
      DecoderHooks hooks,
      CapturedForward captured,
      boolean whole) {
    this.plan = plan;
    this.batch = batch;
    this.hooks = hooks;
    this.captured = captured;
    int needed =
        Stream.concat(plan.captures().stream(), plan.edited().stream())
            .mapToInt(hooks::ordinal)
            .max()
            .orElse(-1);
    if (plan.logits() != HookPlan.Logits.NONE) {
      needed = hooks.ordinal(HookPoint.LOGITS);
    }
    if (needed < 0 && !whole) {
      throw new IllegalArgumentException(
          "the plan captures nothing, edits nothing and asks for no logits");
    }
    plan.start().ifPresent(start -> requireReached(hooks.block(start.layer()).residPre()));
    this.last = whole ? Math.max(needed, hooks.lastOfBlocks()) : needed;
  }

  /** Refuses points before the one a run starts at: they would silently do nothing. */
  private void requireReached(String first) {
    Stream.concat(plan.captures().stream(), plan.edited().stream())
        .filter(hook -> hooks.ordinal(hook) < hooks.ordinal(first))
        .findFirst()
        .ifPresent(
            hook -> {
              throw new IllegalArgumentException(
                  "'" + hook + "' is not reached by a run that starts at '" + first + "'");
            });
  }

  /** Whether no later point than those passed is needed. */
  boolean finished() {
    return passed >= last;
  }

  /** Edits and captures at one point; what it returns flows on, in the current scope. */
  Tensor pass(String hook, Tensor activation) {
    passed = hooks.ordinal(hook);
    Optional<HookPlan.Edit> edit = plan.edit(hook);
    boolean capture = plan.captures().contains(hook);
    if (edit.isEmpty() && !capture) {
      return activation;
    }
    Tensor result = activation.contiguous();
    if (edit.isPresent()) {
      result = edited(hook, result, edit.get());
    }
    if (plan.gradients().contains(hook) && !result.requires_grad()) {
      result = result.detach().set_requires_grad(true);
    }
    if (capture) {
      captured.keep(hook, result.contiguous());
    }
    return result;
  }

  private Tensor edited(String hook, Tensor before, HookPlan.Edit edit) {
    Tensor after = edit.apply(before, batch);
    long[] expected = TensorMemory.shape(before);
    long[] got = TensorMemory.shape(after);
    if (!Arrays.equals(got, expected) || after.scalar_type().intern() != ScalarType.Float) {
      throw new IllegalArgumentException(
          "the edit at "
              + hook
              + " returned "
              + after.scalar_type()
              + Arrays.toString(got)
              + ", need Float"
              + Arrays.toString(expected));
    }
    // A handle of our own: the edit may have returned a tensor that somebody else keeps.
    return new Tensor(after);
  }
}
