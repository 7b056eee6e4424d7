package org.sememe.models.blocks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.models.HookPlan;
import org.sememe.models.HookPoint;
import org.sememe.models.TokenBatch;
import org.sememe.tensors.TensorMemory;

/** Does a plan's work at each hook point of one run, and knows when nothing more is needed. */
public final class Taps {
  /** What the plan asks for at one point, under the names that it uses. */
  private static final class Work {
    final List<String> captures = new ArrayList<>();
    final List<HookPlan.Edit> edits = new ArrayList<>();
    boolean differentiated;
  }

  private final TokenBatch batch;
  private final HookIndex hooks;
  private final CapturedForward captured;
  private final Map<String, Work> works = new LinkedHashMap<>();
  private final int last;
  private int passed = -1;

  /**
   * @param first the first point that the run reaches
   * @param least the point up to which it has to go in any case; -1 if the plan alone says
   * @throws IllegalArgumentException if the plan names a point that is not there or is not reached,
   *     or asks for nothing
   */
  public Taps(
      HookPlan plan,
      TokenBatch batch,
      HookIndex hooks,
      CapturedForward captured,
      String first,
      int least) {
    this.batch = batch;
    this.hooks = hooks;
    this.captured = captured;
    plan.captures().forEach(hook -> work(hook).captures.add(hook));
    plan.edited().forEach(hook -> work(hook).edits.add(plan.edit(hook).orElseThrow()));
    plan.gradients().forEach(hook -> work(hook).differentiated = true);
    int needed = works.keySet().stream().mapToInt(hooks::ordinal).max().orElse(-1);
    if (plan.logits() != HookPlan.Logits.NONE) {
      needed = hooks.ordinal(HookPoint.LOGITS);
    }
    if (needed < 0 && least < 0) {
      throw new IllegalArgumentException(
          "the plan captures nothing, edits nothing and asks for no logits");
    }
    requireReached(first);
    this.last = Math.max(needed, least);
  }

  private Work work(String hook) {
    return works.computeIfAbsent(hooks.canonical(hook), key -> new Work());
  }

  /** Refuses points before the one a run starts at: they would silently do nothing. */
  private void requireReached(String first) {
    works.keySet().stream()
        .filter(hook -> hooks.ordinal(hook) < hooks.ordinal(first))
        .findFirst()
        .ifPresent(
            hook -> {
              throw new IllegalArgumentException(
                  "'" + hook + "' is not reached by a run that starts at '" + first + "'");
            });
  }

  /** Whether no later point than those passed is needed. */
  public boolean finished() {
    return passed >= last;
  }

  /** Whether the plan asks for something at one of the points. */
  public boolean any(String... names) {
    return Stream.of(names).anyMatch(works::containsKey);
  }

  /** Edits and captures at one point; what it returns flows on, in the current scope. */
  public Tensor pass(String hook, Tensor activation) {
    passed = Math.max(passed, hooks.ordinal(hook));
    Work work = works.get(hook);
    if (work == null) {
      return activation;
    }
    Tensor result = activation.contiguous();
    for (HookPlan.Edit edit : work.edits) {
      result = edited(hook, result, edit);
    }
    if (work.differentiated && !result.requires_grad()) {
      result = result.detach().set_requires_grad(true);
    }
    for (String name : work.captures) {
      captured.keep(name, result.contiguous());
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
