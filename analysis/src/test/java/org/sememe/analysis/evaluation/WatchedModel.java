package org.sememe.analysis.evaluation;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.sememe.models.Forward;
import org.sememe.models.HookPlan;
import org.sememe.models.HookPoint;
import org.sememe.models.KeyValueCache;
import org.sememe.models.LanguageModel;
import org.sememe.models.ModelInfo;
import org.sememe.models.TokenBatch;
import org.sememe.models.tokenizer.Tokenizer;
import org.sememe.tensors.TensorMemory;

/** A model that notes what flows on from a hook point in every run; closing it closes nothing. */
final class WatchedModel implements LanguageModel {
  private final LanguageModel model;
  private final String hook;
  private final boolean deaf;
  private final List<float[]> seen = new ArrayList<>();
  private final List<HookPlan> plans = new ArrayList<>();

  WatchedModel(LanguageModel model, String hook) {
    this(model, hook, false);
  }

  private WatchedModel(LanguageModel model, String hook, boolean deaf) {
    this.model = model;
    this.hook = hook;
    this.deaf = deaf;
  }

  /** The same, but its runs do no edits. */
  WatchedModel ignoringEdits() {
    return new WatchedModel(model, hook, true);
  }

  /** The activations of each run. */
  List<float[]> seen() {
    return seen;
  }

  /** What each run was asked to do. */
  List<HookPlan> plans() {
    return plans;
  }

  @Override
  public Forward run(TokenBatch batch, HookPlan plan) {
    plans.add(plan);
    HookPlan.Builder watched =
        deaf
            ? HookPlan.builder().capture(plan.captures().toArray(String[]::new)).logits()
            : plan.toBuilder();
    Forward forward = model.run(batch, watched.capture(hook).build());
    seen.add(TensorMemory.floats(forward.activation(hook)));
    return forward;
  }

  @Override
  public ModelInfo info() {
    return model.info();
  }

  @Override
  public Tokenizer tokenizer() {
    return model.tokenizer();
  }

  @Override
  public List<HookPoint> hookPoints() {
    return model.hookPoints();
  }

  @Override
  public HookPoint hookPoint(String name) {
    return model.hookPoint(name);
  }

  @Override
  public List<HookPoint> hookPoints(String pattern) {
    return model.hookPoints(pattern);
  }

  @Override
  public Forward run(TokenBatch batch, HookPlan plan, KeyValueCache cache) {
    throw new UnsupportedOperationException("not watched");
  }

  @Override
  public KeyValueCache newCache(int sequences, int capacity) {
    return model.newCache(sequences, capacity);
  }

  @Override
  public Tensor unembedding() {
    return model.unembedding();
  }

  @Override
  public Tensor finalNormWeight() {
    return model.finalNormWeight();
  }

  @Override
  public Tensor throughFinalNorm(Tensor directions) {
    return model.throughFinalNorm(directions);
  }

  @Override
  public void close() {}
}
