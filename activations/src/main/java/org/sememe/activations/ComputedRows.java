package org.sememe.activations;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.sememe.models.Forward;
import org.sememe.models.HookPlan;
import org.sememe.models.Network;
import org.sememe.models.TokenBatch;
import org.sememe.models.text.Context;
import org.sememe.tensors.TensorMemory;

/**
 * The rows of contexts that were run at once: where each lies in the run's own tensors, and its
 * norm. Owns the tensors. May be handed to another thread.
 */
final class ComputedRows implements AutoCloseable {
  /** One hook point's activations {@code [places, width]} and the norm of each row. */
  private record Rows(MemorySegment memory, long rowBytes, float[] norms) {}

  private final Forward forward;
  private final Map<String, Rows> rows = new LinkedHashMap<>();
  private final int length;

  private ComputedRows(Forward forward, int length) {
    this.forward = forward;
    this.length = length;
  }

  /** Runs contexts through a model; safe in several threads at once. */
  static ComputedRows of(
      Network model, HookPlan plan, Iterable<String> hooks, List<Context> contexts) {
    TokenBatch batch = TokenBatch.of(contexts.stream().map(Context::tokens).toList());
    ComputedRows computed = new ComputedRows(model.run(batch, plan), batch.length());
    try (PointerScope scope = new PointerScope()) {
      for (String hook : hooks) {
        Tensor activation = computed.forward.activation(hook);
        computed.rows.put(
            hook,
            new Rows(
                TensorMemory.segment(activation),
                activation.size(2) * Float.BYTES,
                TensorMemory.floats(activation.square().sum(2).sqrt())));
      }
      return computed;
    } catch (Throwable problem) {
      computed.close();
      throw problem;
    }
  }

  /** The rows of some of the hook points, in that order; of use until this is closed. */
  Reading of(List<String> hooks) {
    return new Reading(hooks.stream().map(rows::get).toList(), length);
  }

  /** What is seen of some hook points. */
  static final class Reading {
    private final List<Rows> hooks;
    private final int length;

    private Reading(List<Rows> hooks, int length) {
      this.hooks = hooks;
      this.length = length;
    }

    /** The norm of a token's row of one of the hook points. */
    float norm(int hook, int context, int position) {
      return hooks.get(hook).norms[context * length + position];
    }

    /** Where a token's row of each hook point lies. */
    List<MemorySegment> at(int context, int position) {
      long place = (long) context * length + position;
      List<MemorySegment> rows = new ArrayList<>(hooks.size());
      for (Rows hook : hooks) {
        rows.add(hook.memory.asSlice(place * hook.rowBytes, hook.rowBytes));
      }
      return rows;
    }
  }

  @Override
  public void close() {
    forward.close();
  }
}
