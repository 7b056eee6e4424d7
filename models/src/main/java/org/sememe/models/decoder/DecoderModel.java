package org.sememe.models.decoder;

import static org.bytedeco.pytorch.global.torch.embedding;
import static org.bytedeco.pytorch.global.torch.linear;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.Tensor;
import org.sememe.models.Forward;
import org.sememe.models.HookPlan;
import org.sememe.models.HookPoint;
import org.sememe.models.KeyValueCache;
import org.sememe.models.LanguageModel;
import org.sememe.models.ModelInfo;
import org.sememe.models.TokenBatch;
import org.sememe.models.tokenizer.Tokenizer;
import org.sememe.models.tokenizer.Tokenizers;
import org.sememe.tensors.TensorMemory;

/** A decoder-only language model in fp32 on the CPU. */
public final class DecoderModel implements LanguageModel {
  private final ModelInfo info;
  private final DecoderConfig config;
  private final DecoderWeights weights;
  private final DecoderHooks hooks;
  private final List<DecoderBlock> blocks = new ArrayList<>();
  private final RotaryTable rotary;
  private final Object tokenizerLock = new Object();
  private Tokenizer tokenizer; // opened when it is first asked for: many runs need none
  private boolean closed;

  /** Takes over the weights. */
  DecoderModel(ModelInfo info, DecoderConfig config, DecoderWeights weights) {
    this.info = info;
    this.config = config;
    this.weights = weights;
    this.hooks = new DecoderHooks(config);
    this.rotary = new RotaryTable(config.rotary(), config.contextLength());
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
    synchronized (tokenizerLock) {
      if (closed) {
        throw new IllegalStateException("the model is closed");
      }
      if (tokenizer == null) {
        try {
          tokenizer = Tokenizers.open(info.path());
        } catch (IOException e) {
          throw new UncheckedIOException(e.getMessage(), e);
        }
      }
      return tokenizer;
    }
  }

  @Override
  public List<HookPoint> hookPoints() {
    return hooks.points();
  }

  @Override
  public HookPoint hookPoint(String name) {
    return hooks.point(name);
  }

  @Override
  public Tensor unembedding() {
    return weights.head();
  }

  @Override
  public Tensor finalNormWeight() {
    return weights.finalNorm();
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
    check(batch);
    plan.start().ifPresent(start -> check(start, batch));
    CapturedForward captured = new CapturedForward();
    try (AutoGradMode mode = new AutoGradMode(plan.recording());
        PointerScope scope = new PointerScope()) {
      cache.ifPresent(c -> c.announce(batch));
      Taps taps = new Taps(plan, batch, hooks, captured, cache.isPresent());
      Pass pass =
          new Pass(
              rotary.turns(batch),
              AttentionMask.of(batch, cache, config.window()),
              taps,
              cache,
              plan.recording());
      Tensor residual =
          plan.start()
              .map(start -> new Tensor(start.residual())) // a handle of the run's own, to close
              .orElseGet(() -> taps.pass(HookPoint.EMBED, embedded(batch)));
      int first = plan.start().map(HookPlan.Start::layer).orElse(0);
      for (DecoderBlock block : blocks.subList(first, blocks.size())) {
        if (taps.finished()) {
          break;
        }
        residual = step(scope, residual, block::attention, pass);
        if (taps.finished()) {
          break;
        }
        residual = step(scope, residual, block::mlp, pass);
      }
      cache.ifPresent(c -> c.advance(batch.length()));
      if (!taps.finished()) {
        Tensor logits = taps.pass(HookPoint.LOGITS, logits(residual, batch, plan));
        captured.keep(HookPoint.LOGITS, logits);
      }
      return captured;
    } catch (RuntimeException | Error e) {
      captured.close();
      throw e;
    }
  }

  /** One half of a block in a scope of its own; only its result goes on. */
  private static Tensor step(
      PointerScope run, Tensor residual, BiFunction<Tensor, Pass, Tensor> half, Pass pass) {
    Tensor next;
    try (PointerScope scope = new PointerScope()) {
      next = half.apply(residual, pass);
      run.attach(next);
    }
    if (next != residual) {
      residual.close();
    }
    return next;
  }

  private void check(TokenBatch batch) {
    for (int row = 0; row < batch.sequences(); row++) {
      for (int column = 0; column < batch.length(); column++) {
        int id = batch.id(row, column);
        int position = batch.position(row, column);
        if (id < 0 || id >= config.vocabulary()) {
          throw new IllegalArgumentException(
              "token id " + id + " is not in the vocabulary of " + config.vocabulary());
        }
        if (position >= config.contextLength()) {
          throw new IllegalArgumentException(
              "position " + position + " is beyond the context of " + config.contextLength());
        }
      }
    }
  }

  private void check(HookPlan.Start start, TokenBatch batch) {
    long[] expected = {batch.sequences(), batch.length(), config.width()};
    long[] got = TensorMemory.shape(start.residual());
    if (start.layer() < 0 || start.layer() >= config.layers() || !Arrays.equals(got, expected)) {
      throw new IllegalArgumentException(
          "cannot start at block "
              + start.layer()
              + " of "
              + config.layers()
              + " with a residual "
              + Arrays.toString(got)
              + ", need "
              + Arrays.toString(expected));
    }
  }

  private Tensor embedded(TokenBatch batch) {
    Tensor ids = TensorMemory.longs(batch.ids(), batch.sequences(), batch.length());
    return embedding(weights.embedding(), ids);
  }

  private Tensor logits(Tensor residual, TokenBatch batch, HookPlan plan) {
    Tensor rows = residual;
    if (plan.logits() == HookPlan.Logits.LAST) {
      long[] last =
          IntStream.range(0, batch.sequences())
              .mapToLong(row -> (long) row * batch.length() + batch.last(row))
              .toArray();
      rows =
          residual
              .reshape(-1, config.width())
              .index_select(0, TensorMemory.longs(last, last.length))
              .unsqueeze(1);
    }
    return linear(
        DecoderBlock.norm(config, rows, weights.finalNorm(), plan.recording()), weights.head());
  }

  @Override
  public void close() {
    synchronized (tokenizerLock) {
      closed = true;
      if (tokenizer != null) {
        tokenizer.close();
      }
    }
    rotary.close();
    weights.close();
  }
}
