package org.sememe.models.decoder;

import static org.bytedeco.pytorch.global.torch.view_as_complex;
import static org.bytedeco.pytorch.global.torch.view_as_real;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.kernels.CausalAttention;
import org.sememe.kernels.RotaryTurns;
import org.sememe.models.blocks.Attention;
import org.sememe.models.blocks.RowParts;
import org.sememe.models.blocks.Taps;
import org.sememe.models.decoder.BlockWeights.HeadNorms;
import org.sememe.tensors.TensorMemory;

/** What a block's attention adds to the residual. Stateless over its weights. */
final class DecoderAttention {
  /** Rows below which another thread is not worth its start. */
  private static final int ROWS_A_THREAD = 32;

  private final DecoderConfig config;
  private final BlockWeights weights;
  private final DecoderHooks.BlockNames names;
  private final int layer;
  private final Attention attention;
  private final boolean usualScale;

  DecoderAttention(
      DecoderConfig config, BlockWeights weights, DecoderHooks.BlockNames names, int layer) {
    this.config = config;
    this.weights = weights;
    this.names = names;
    this.layer = layer;
    double scale = config.attention().scale();
    this.attention =
        new Attention(scale, config.attention().softCap(), names.scores(), names.pattern());
    this.usualScale = scale == 1 / Math.sqrt(config.headWidth());
  }

  /** From the block's input to {@code hook_attn_out}, both {@code [b, t, d]}. */
  Tensor apply(Tensor before, Pass pass) {
    Taps taps = pass.taps();
    Tensor normed =
        weights.attentionNorm().apply(before, names.attentionNorm(), taps, pass.recording());
    Heads projected = projected(normed, pass);
    Heads turned =
        turned(weights.headNorms().map(n -> normed(projected, n, pass)).orElse(projected), pass);
    Tensor z = taps.pass(names.z(), mixed(turned, pass));
    Tensor out = weights.attentionOut().apply(z);
    Tensor added =
        weights.attentionPostNorm().map(norm -> norm.apply(out, pass.recording())).orElse(out);
    return taps.pass(names.attnOut(), added);
  }

  private Heads projected(Tensor normed, Pass pass) {
    long all = config.heads() + 2L * config.kvHeads();
    Tensor qkv =
        weights.qkv().apply(normed).view(normed.size(0), normed.size(1), all, config.headWidth());
    Heads heads = Heads.of(qkv, config, pass.recording());
    if (!pass.taps().any(names.q(), names.k(), names.v())) {
      return heads;
    }
    return heads.with(
        tapped(names.q(), heads.queries(), pass.taps()),
        tapped(names.k(), heads.keys(), pass.taps()),
        flat(names.v(), heads.values(), pass.taps()),
        config);
  }

  private Heads normed(Heads heads, HeadNorms norms, Pass pass) {
    return heads.with(
        tapped(names.qNorm(), norms.query().apply(heads.queries(), pass.recording()), pass.taps()),
        tapped(names.kNorm(), norms.key().apply(heads.keys(), pass.recording()), pass.taps()),
        heads.values(),
        config);
  }

  /** Queries and keys with each adjacent pair turned as a complex number, in place if allowed. */
  private Heads turned(Heads heads, Pass pass) {
    Optional<Tensor> turns = sight(pass).turns();
    turns.filter(t -> heads.joined().isPresent()).ifPresent(t -> turn(heads.joined().get(), t));
    boolean tapped =
        names.rotQ().isPresent() && pass.taps().any(names.rotQ().get(), names.rotK().orElseThrow());
    if (heads.joined().isPresent() && !tapped) {
      return heads;
    }
    Optional<Tensor> left = turns.filter(t -> heads.joined().isEmpty());
    Tensor queries = left.map(t -> product(heads.queries(), t)).orElse(heads.queries());
    Tensor keys = left.map(t -> product(heads.keys(), t)).orElse(heads.keys());
    return heads.with(
        tapped(names.rotQ(), queries, pass.taps()),
        tapped(names.rotK(), keys, pass.taps()),
        heads.values(),
        config);
  }

  private static Tensor product(Tensor heads, Tensor turns) {
    long[] shape = TensorMemory.shape(heads);
    Tensor pairs = view_as_complex(heads.view(shape[0], shape[1], shape[2], shape[3] / 2, 2));
    return view_as_real(pairs.mul(turns)).view(shape);
  }

  private void turn(Tensor qkv, Tensor turns) {
    long b = qkv.size(0);
    long t = qkv.size(1);
    int turned = config.heads() + config.kvHeads();
    Tensor angles = view_as_real(turns);
    int period = Math.toIntExact(angles.size(0) * t);
    RotaryTurns kernel =
        new RotaryTurns(turned + config.kvHeads(), turned, config.headWidth(), period);
    MemorySegment rows = TensorMemory.segment(qkv);
    MemorySegment segment = TensorMemory.segment(angles);
    RowParts.run(
        Math.toIntExact(b * t), ROWS_A_THREAD, (from, to) -> kernel.apply(rows, segment, from, to));
  }

  /** The attended values of all heads, {@code [b, t, heads * headWidth]}. */
  private Tensor mixed(Heads heads, Pass pass) {
    Tensor newKeys = heads.keys().transpose(1, 2);
    Tensor newValues = heads.values().transpose(1, 2);
    DecoderCache.Pair all =
        pass.cache()
            .map(cache -> cache.extend(layer, newKeys, newValues))
            .orElseGet(() -> new DecoderCache.Pair(newKeys, newValues));
    boolean kernel =
        sight(pass).mask().causal()
            && usualScale
            && heads.joined().isPresent()
            && attention.plain(pass.taps())
            && CausalAttention.fits(config.headWidth());
    return kernel
        ? attended(heads.joined().get()) // whole sequences: all keys are among the new ones
        : attention.attend(
            heads.queries().transpose(1, 2),
            all.keys(),
            all.values(),
            sight(pass).mask(),
            pass.taps());
  }

  /** Attention of whole sequences over queries, keys (both turned) and values as they lie. */
  private Tensor attended(Tensor qkv) {
    long b = qkv.size(0);
    long t = qkv.size(1);
    CausalAttention kernel =
        new CausalAttention(
            Math.toIntExact(t), config.heads(), config.kvHeads(), config.headWidth());
    Tensor out =
        TensorMemory.empty(ScalarType.Float, b, t, (long) config.heads() * config.headWidth());
    MemorySegment in = TensorMemory.segment(qkv);
    MemorySegment to = TensorMemory.segment(out);
    int units = kernel.units(Math.toIntExact(b));
    RowParts.run(units, 1, (first, end) -> kernel.attend(in, to, first, end));
    return out;
  }

  private Pass.Sight sight(Pass pass) {
    return pass.sights().get(config.attention().sightOf().get(layer));
  }

  private Tensor tapped(Optional<String> hook, Tensor heads, Taps taps) {
    return hook.map(name -> tapped(name, heads, taps)).orElse(heads);
  }

  /** Edits and captures heads in the order of halves, which is the files' and the hook points'. */
  private Tensor tapped(String hook, Tensor heads, Taps taps) {
    if (!taps.any(hook)) {
      return heads;
    }
    int last = 3;
    HeadOrder order = config.headOrder();
    return order.adjacent(flat(hook, order.halves(heads, last), taps), last);
  }

  private static Tensor flat(String hook, Tensor heads, Taps taps) {
    if (!taps.any(hook)) {
      return heads;
    }
    long[] shape = TensorMemory.shape(heads);
    return taps.pass(hook, heads.reshape(shape[0], shape[1], shape[2] * shape[3])).reshape(shape);
  }
}
