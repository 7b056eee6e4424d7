package org.sememe.models.decoder;

import static org.bytedeco.pytorch.global.torch.embedding;
import static org.bytedeco.pytorch.global.torch.linear;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.BiFunction;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.sememe.models.Forward;
import org.sememe.models.HookPlan;
import org.sememe.models.HookPoint;
import org.sememe.models.KeyValueCache;
import org.sememe.models.LanguageModel;
import org.sememe.models.ModelInfo;
import org.sememe.models.TokenBatch;
import org.sememe.models.blocks.CapturedForward;
import org.sememe.models.blocks.LazyTokenizer;
import org.sememe.models.blocks.Limits;
import org.sememe.models.blocks.Norm;
import org.sememe.models.blocks.Residual;
import org.sememe.models.blocks.Taps;
import org.sememe.models.tokenizer.Tokenizer;
import org.sememe.tensors.TensorMemory;

/** A decoder-only language model in fp32 on the CPU. */
public final class DecoderModel implements LanguageModel {
  private final ModelInfo info;
  private final DecoderConfig config;
  private final DecoderWeights weights;
  private final DecoderHooks hooks;
  private final List<DecoderBlock> blocks = new ArrayList<>();
  private final List<RotaryTable> rotaries;
  private final LazyTokenizer tokenizer;
  private final Limits limits;

  /**
   * Takes over the weights.
   *
   * @param names a Hugging Face folder's names of this family
   */
  DecoderModel(ModelInfo info, DecoderConfig config, DecoderWeights weights, WeightNames names) {
    this.info = info;
    this.tokenizer = new LazyTokenizer(info.path());
    this.limits =
        new Limits(config.layers(), config.width(), config.vocabulary(), config.contextLength());
    this.config = config;
    this.weights = weights;
    this.hooks = new DecoderHooks(config, names);
    this.rotaries =
        config.attention().sights().stream()
            .map(sight -> new RotaryTable(sight.rotary(), config.contextLength()))
            .toList();
    for (int layer = 0; layer < config.layers(); layer++) {
      blocks.add(new DecoderBlock(config, weights.blocks().get(layer), hooks.block(layer), layer));
    }
  }

  @Override
  public ModelInfo info() {
    return info;
  }

  @Override
  public Tokenizer tokenizer() {
    return tokenizer.get();
  }

  @Override
  public List<HookPoint> hookPoints() {
    return hooks.index().points();
  }

  @Override
  public HookPoint hookPoint(String name) {
    return hooks.index().point(name);
  }

  @Override
  public List<HookPoint> hookPoints(String pattern) {
    return hooks.index().matching(pattern);
  }

  @Override
  public Tensor unembedding() {
    return weights.head();
  }

  @Override
  public Tensor finalNormWeight() {
    return weights.finalNorm().weight();
  }

  @Override
  public Tensor throughFinalNorm(Tensor directions) {
    return weights.finalNorm().linearPart(directions);
  }

  @Override
  public KeyValueCache newCache(int sequences, int capacity) {
    if (sequences < 1 || capacity < 1 || capacity > config.contextLength()) {
      throw new IllegalArgumentException(
          "no cache for "
              + sequences
              + " sequences of "
              + capacity
              + " positions in a model with a context of "
              + config.contextLength());
    }
    return new DecoderCache(this, config, sequences, capacity);
  }

  @Override
  public Forward run(TokenBatch batch, HookPlan plan) {
    return run(batch, plan, Optional.empty());
  }

  @Override
  public Forward run(TokenBatch batch, HookPlan plan, KeyValueCache cache) {
    if (!(cache instanceof DecoderCache own) || !own.ownedBy(this)) {
      throw new IllegalArgumentException("the cache was made by another model");
    }
    if (own.sequences() != batch.sequences() || own.length() + batch.length() > own.capacity()) {
      throw new IllegalArgumentException(
          batch.sequences()
              + " sequences of "
              + batch.length()
              + " more positions do not fit in a cache for "
              + own.sequences()
              + " sequences with "
              + own.length()
              + " of "
              + own.capacity()
              + " positions filled");
    }
    if (plan.recording()) {
      throw new IllegalArgumentException("gradients are not recorded in a run with a cache");
    }
    if (plan.start().isPresent()) {
      throw new IllegalArgumentException("a run with a cache starts at the tokens");
    }
    return run(batch, plan, Optional.of(own));
  }

  private Forward run(TokenBatch batch, HookPlan plan, Optional<DecoderCache> cache) {
    limits.check(batch, plan);
    CapturedForward captured = new CapturedForward();
    try (AutoGradMode mode = new AutoGradMode(plan.recording());
        PointerScope scope = new PointerScope()) {
      cache.ifPresent(c -> c.announce(batch));
      String reached =
          plan.start().map(start -> hooks.block(start.layer()).residPre()).orElse(HookPoint.EMBED);
      int least = cache.isPresent() ? hooks.lastOfBlocks() : -1;
      Taps taps = new Taps(plan, batch, hooks.index(), captured, reached, least);
      Pass pass = new Pass(sights(batch, cache), taps, cache, plan.recording());
      Tensor residual =
          plan.start()
              .map(start -> new Tensor(start.residual())) // a handle of the run's own, to close
              .orElseGet(() -> embedded(batch, taps));
      int first = plan.start().map(HookPlan.Start::layer).orElse(0);
      for (DecoderBlock block : blocks.subList(first, blocks.size())) {
        for (BiFunction<Tensor, Pass, Tensor> part : block.steps()) {
          if (!taps.finished()) {
            residual = Residual.step(scope, residual, before -> part.apply(before, pass));
          }
        }
      }
      cache.ifPresent(c -> c.advance(batch.length()));
      if (!taps.finished()) {
        finish(residual, batch, plan, pass).ifPresent(l -> captured.keep(HookPoint.LOGITS, l));
      }
      return captured;
    } catch (RuntimeException | Error e) {
      captured.close();
      throw e;
    }
  }

  private List<Pass.Sight> sights(TokenBatch batch, Optional<DecoderCache> cache) {
    List<Pass.Sight> sights = new ArrayList<>();
    int capacity = cache.map(DecoderCache::capacity).orElse(0);
    for (int i = 0; i < rotaries.size(); i++) {
      DecoderConfig.Sight sight = config.attention().sights().get(i);
      sights.add(
          new Pass.Sight(
              sight.rotary().turned() > 0
                  ? Optional.of(rotaries.get(i).turns(batch, capacity))
                  : Optional.empty(),
              CausalMasks.of(batch, cache, sight.window())));
    }
    return List.copyOf(sights);
  }

  /** What the first block reads. */
  private Tensor embedded(TokenBatch batch, Taps taps) {
    long b = batch.sequences();
    long t = batch.length();
    Tensor found = embedding(weights.embedding(), TensorMemory.longs(batch.ids(), b, t));
    float scale = (float) config.ends().embeddingScale();
    Tensor tokens = taps.pass(HookPoint.EMBED, scale == 1 ? found : found.mul(new Scalar(scale)));
    if (weights.positions().isEmpty()) {
      return tokens;
    }
    Tensor places = TensorMemory.longs(batch.positions(), b, t);
    return tokens.add(
        taps.pass(hooks.positions().orElseThrow(), embedding(weights.positions().get(), places)));
  }

  /** The last norm and the logits, unless the plan ends before them. */
  private Optional<Tensor> finish(Tensor residual, TokenBatch batch, HookPlan plan, Pass pass) {
    Taps taps = pass.taps();
    boolean last = plan.logits() == HookPlan.Logits.LAST;
    Norm norm = weights.finalNorm();
    Norm.Names names = hooks.finalNorm();
    boolean everywhere = !last || taps.any(names.scale(), names.normalized(), hooks.finalOut());
    Tensor rows = everywhere ? residual : Residual.last(residual, batch);
    Tensor out = taps.pass(hooks.finalOut(), norm.apply(rows, names, taps, pass.recording()));
    if (taps.finished()) {
      return Optional.empty();
    }
    Tensor products = linear(everywhere && last ? Residual.last(out, batch) : out, weights.head());
    OptionalDouble cap = config.ends().logitCap();
    Tensor logits =
        cap.isEmpty()
            ? products
            : products.div(new Scalar(cap.getAsDouble())).tanh().mul(new Scalar(cap.getAsDouble()));
    return Optional.of(taps.pass(HookPoint.LOGITS, logits));
  }

  @Override
  public void close() {
    tokenizer.close();
    rotaries.forEach(RotaryTable::close);
    weights.close();
  }
}
