package org.sememe.models;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;

/**
 * What a run has to do at which hook points. Unmodifiable; may be used by several runs at once if
 * its edits may.
 *
 * <p>At one point the order is: edits (in the order they were added), then {@link
 * Builder#gradients}, then capture. A capture therefore sees what flows on.
 */
public final class HookPlan {
  /** Which positions' logits a run computes. */
  public enum Logits {
    /** None: the run stops after the last layer that is needed. */
    NONE,
    /**
     * Those of each sequence's last real token: {@code [sequences, 1, vocabulary]}; where the batch
     * has {@link TokenBatch#branching alternatives}, theirs: {@code [1, alternatives, vocabulary]}.
     */
    LAST,
    /** All: {@code [sequences, length, vocabulary]}. */
    ALL
  }

  /** Changes an activation, knowing which tokens it is of; see {@link Builder#edit}. */
  @FunctionalInterface
  public interface Edit {
    /**
     * What flows on in place of {@code activation}.
     *
     * @param activation fp32 {@code [sequences, positions, width]}, not to be changed in place
     * @param batch the tokens of the run, {@code [sequences, positions]}
     */
    Tensor apply(Tensor activation, TokenBatch batch);
  }

  /**
   * Where a run starts when it is not at the tokens.
   *
   * @param layer the first block that is run
   * @param residual what it reads, fp32 {@code [sequences, length, d]}; never changed by a run
   */
  public record Start(int layer, Tensor residual) {}

  private static final HookPlan NOTHING = builder().build();

  private final Set<String> captures;
  private final Set<String> gradients;
  private final Map<String, List<Edit>> edits;
  private final boolean recording;
  private final Logits logits;
  private final Optional<Start> start;

  private HookPlan(Builder builder) {
    this.captures = Collections.unmodifiableSet(new LinkedHashSet<>(builder.captures));
    this.gradients = Collections.unmodifiableSet(new LinkedHashSet<>(builder.gradients));
    Map<String, List<Edit>> copy = new LinkedHashMap<>();
    builder.edits.forEach((hook, list) -> copy.put(hook, List.copyOf(list)));
    this.edits = Collections.unmodifiableMap(copy);
    this.recording = builder.recording;
    this.logits = builder.logits;
    this.start = builder.start;
  }

  /** A plan with no capture, no edit and no logits; a model refuses to run it without a cache. */
  public static HookPlan nothing() {
    return NOTHING;
  }

  /** An empty builder. */
  public static Builder builder() {
    return new Builder();
  }

  /** A builder that starts from this plan. */
  public Builder toBuilder() {
    Builder builder = new Builder();
    builder.captures.addAll(captures);
    builder.gradients.addAll(gradients);
    edits.forEach((hook, list) -> builder.edits.put(hook, new ArrayList<>(list)));
    builder.recording = recording;
    builder.logits = logits;
    builder.start = start;
    return builder;
  }

  /** The hook points to capture, those of {@link #gradients()} included. */
  public Set<String> captures() {
    return captures;
  }

  /** The hook points whose gradients may be asked for. */
  public Set<String> gradients() {
    return gradients;
  }

  /** The hook points with an edit. */
  public Set<String> edited() {
    return edits.keySet();
  }

  /** The edit at a hook point: all that were added, one after the other. */
  public Optional<Edit> edit(String hook) {
    return Optional.ofNullable(edits.get(hook))
        .map(
            list ->
                (activation, batch) -> {
                  Tensor result = activation;
                  for (Edit edit : list) {
                    result = edit.apply(result, batch);
                  }
                  return result;
                });
  }

  /** Whether the computation is recorded for differentiation. */
  public boolean recording() {
    return recording;
  }

  /** Which logits are computed. */
  public Logits logits() {
    return logits;
  }

  /** Where the run starts; empty for the tokens. */
  public Optional<Start> start() {
    return start;
  }

  /** Collects a plan; not thread-safe. */
  public static final class Builder {
    private final Set<String> captures = new LinkedHashSet<>();
    private final Set<String> gradients = new LinkedHashSet<>();
    private final Map<String, List<Edit>> edits = new LinkedHashMap<>();
    private boolean recording;
    private Logits logits = Logits.NONE;
    private Optional<Start> start = Optional.empty();

    private Builder() {}

    /** Keeps the activations of these hook points for {@link Forward#activation}. */
    public Builder capture(String... hooks) {
      captures.addAll(List.of(hooks));
      return this;
    }

    /**
     * Replaces the activation at a hook point {@code [sequences, positions, width]} by what {@code
     * edit} returns, of the same shape and type, and computes on with that. The edit must not
     * change its argument in place: others may hold it. It runs on the run's thread inside the
     * run's {@link org.bytedeco.javacpp.PointerScope}, so what it allocates is freed with the run;
     * it sees padding too. Several edits at one point apply in the order they were added.
     */
    public Builder edit(String hook, UnaryOperator<Tensor> edit) {
      return edit(hook, (activation, batch) -> edit.apply(activation));
    }

    /** The same with an edit that also sees which tokens the activation is of. */
    public Builder edit(String hook, Edit edit) {
      edits.computeIfAbsent(hook, key -> new ArrayList<>()).add(edit);
      return this;
    }

    /**
     * Captures these hook points and records the computation after them, so that {@link
     * Forward#gradient} can differentiate anything computed from later activations or logits. What
     * needs no gradient is not recorded: the layers before the first such point cost no more than
     * without. With no argument, recording is on but starts only where an edit brings in a tensor
     * that requires a gradient.
     */
    public Builder gradients(String... hooks) {
      recording = true;
      gradients.addAll(List.of(hooks));
      return capture(hooks);
    }

    /** Computes the logits of all positions. */
    public Builder logits() {
      logits = Logits.ALL;
      return this;
    }

    /** Computes the logits of each sequence's last real token only, unless all are asked for. */
    public Builder lastLogits() {
      logits = logits == Logits.ALL ? Logits.ALL : Logits.LAST;
      return this;
    }

    /**
     * Starts at a block instead of the tokens: it reads {@code residual}, as an earlier run of the
     * same batch captured it at the block's {@code hook_resid_pre}, and the blocks before it are
     * not run again. No earlier hook point may be named.
     *
     * @param residual fp32 {@code [sequences, length, d]}, the caller's, open until the run is over
     */
    public Builder startAt(int layer, Tensor residual) {
      start = Optional.of(new Start(layer, residual));
      return this;
    }

    /** The plan. */
    public HookPlan build() {
      return new HookPlan(this);
    }
  }
}
