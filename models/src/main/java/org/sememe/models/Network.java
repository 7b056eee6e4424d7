package org.sememe.models;

import java.util.List;
import org.sememe.models.tokenizer.Tokenizer;

/**
 * A network over tokens with named hook points. The weights are read-only after opening: several
 * threads may {@link #run} at once, each with its own batch and plan. Closing frees the weights; no
 * run may be under way.
 */
public interface Network extends AutoCloseable {
  /** What the model is. */
  ModelInfo info();

  /**
   * Its tokenizer, read from its file when it is first asked for; owned by the model.
   *
   * @throws java.io.UncheckedIOException if there is none, or of a kind not known
   */
  Tokenizer tokenizer();

  /** All hook points in the order a run reaches them. */
  List<HookPoint> hookPoints();

  /**
   * The hook point of that name, or of that module's path (see {@link #hookPoints(String)}).
   *
   * @throws IllegalArgumentException if there is none; the message names near matches
   */
  HookPoint hookPoint(String name);

  /**
   * The hook points that a pattern means, in order: a name, in which {@code *} stands for any
   * characters but a dot ({@code blocks.*.hook_mlp_out}), or the path of a module that returns such
   * an activation ({@code model.layers.*.mlp}, also without {@code model.}).
   *
   * @throws IllegalArgumentException if it means none; the message names near matches
   */
  List<HookPoint> hookPoints(String pattern);

  /**
   * Runs the model over a batch and does what the plan says. Stops after the last layer the plan
   * needs.
   *
   * @throws IllegalArgumentException for a hook point the model does not have, a token id outside
   *     the vocabulary, or a plan that asks for nothing
   */
  Forward run(TokenBatch batch, HookPlan plan);

  /** Frees the weights. */
  @Override
  void close();
}
