package org.sememe.models.encoder;

import static org.bytedeco.pytorch.global.torch.embedding;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.models.Forward;
import org.sememe.models.HookPlan;
import org.sememe.models.HookPoint;
import org.sememe.models.ModelInfo;
import org.sememe.models.Network;
import org.sememe.models.TokenBatch;
import org.sememe.models.blocks.AttentionMask;
import org.sememe.models.blocks.CapturedForward;
import org.sememe.models.blocks.LazyTokenizer;
import org.sememe.models.blocks.Limits;
import org.sememe.models.blocks.Linear;
import org.sememe.models.blocks.ModelFolder;
import org.sememe.models.blocks.Residual;
import org.sememe.models.blocks.Taps;
import org.sememe.models.tokenizer.Tokenizer;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.TensorSource;

/**
 * An encoder of the BERT family in fp32 on the CPU. Has logits (of masked words) where its file has
 * that head, and sentence vectors where its folder says how they are pooled.
 */
public final class EncoderModel implements Network {
  /** The model type that config.json names. */
  public static final String FAMILY = EncoderConfig.FAMILY;

  /** How a text writes a word to be guessed. */
  static final String MASK = "[MASK]";

  private final ModelInfo info;
  private final EncoderWeights weights;
  private final Optional<SentencePooling> sentences;
  private final EncoderHooks hooks;
  private final Limits limits;
  private final List<EncoderBlock> blocks = new ArrayList<>();
  private final EncoderConfig config;
  private final LazyTokenizer tokenizer;

  private EncoderModel(
      ModelInfo info,
      EncoderConfig config,
      EncoderWeights weights,
      Optional<SentencePooling> sentences) {
    this.info = info;
    this.config = config;
    this.weights = weights;
    this.sentences = sentences;
    this.hooks = new EncoderHooks(config, weights.head().isPresent());
    this.limits =
        new Limits(config.layers(), config.width(), config.vocabulary(), config.contextLength());
    this.tokenizer = new LazyTokenizer(info.path());
    for (int layer = 0; layer < config.layers(); layer++) {
      blocks.add(new EncoderBlock(config, weights.blocks().get(layer), hooks.block(layer)));
    }
  }

  /**
   * A model from a Hugging Face folder.
   *
   * @throws org.sememe.tensors.FormatException if a file is damaged or the family is another
   */
  public static EncoderModel open(Path folder) throws IOException {
    ModelFolder files = new ModelFolder(folder);
    EncoderConfig config = EncoderConfig.read(files.config());
    Optional<SentencePooling> sentences = SentencePooling.read(folder);
    String sha256 = files.sha256();
    try (TensorSource source = files.weights()) {
      EncoderWeights weights = EncoderLoader.load(source, config);
      double noRotary = 0;
      ModelInfo info =
          new ModelInfo(
              files.name(),
              FAMILY,
              config.layers(),
              config.width(),
              config.heads(),
              config.heads(),
              config.headWidth(),
              config.mlpWidth(),
              config.vocabulary(),
              config.contextLength(),
              weights.parameters(),
              noRotary,
              config.normEps(),
              sha256,
              folder);
      return new EncoderModel(info, config, weights, sentences);
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

  /** The hook point of the last block's output, of which sentence vectors are made. */
  public HookPoint lastHidden() {
    return hookPoint(hooks.last());
  }

  /** How sentence vectors are made; empty if the folder does not say. */
  public Optional<SentencePooling> sentences() {
    return sentences;
  }

  /**
   * The sentence vectors of some texts, one a row, in one run. Each is read with the marks that the
   * tokenizer has for its begin and end, and cut to the model's context; special tokens that are
   * written out in it are text.
   *
   * @throws IllegalStateException if the folder does not say how sentence vectors are made
   */
  public float[][] embeddings(List<String> texts) {
    SentencePooling pooling =
        sentences.orElseThrow(
            () ->
                new IllegalStateException(
                    info.path() + ": no modules.json says how sentence vectors are made"));
    TokenBatch batch = TokenBatch.of(texts.stream().map(this::marked).toList());
    HookPlan plan = HookPlan.builder().capture(hooks.last()).build();
    try (PointerScope scope = new PointerScope();
        Forward forward = run(batch, plan)) {
      Tensor vectors = pooling.embed(forward.activation(hooks.last()), batch);
      float[] all = TensorMemory.floats(vectors);
      int width = Math.toIntExact(vectors.size(1));
      return IntStream.range(0, texts.size())
          .mapToObj(row -> Arrays.copyOfRange(all, row * width, (row + 1) * width))
          .toArray(float[][]::new);
    }
  }

  /** The token that stands for a word to be guessed, where the tokenizer has one. */
  public OptionalInt mask() {
    int[] ids = tokenizer().encode(MASK).ids();
    return ids.length == 1 && tokenizer().special(ids[0])
        ? OptionalInt.of(ids[0])
        : OptionalInt.empty();
  }

  private int[] marked(String text) {
    return withMarks(IntStream.of(tokenizer().encodePlain(text).ids()).limit(room()).toArray());
  }

  /** How many tokens there is room for beside the marks of begin and end. */
  private int room() {
    return Math.max(0, info.contextLength() - withMarks(new int[0]).length);
  }

  /** Some tokens between the marks that the tokenizer has for a text's begin and end. */
  int[] withMarks(int[] words) {
    IntStream begin = tokenizer().bos().stream();
    IntStream end = tokenizer().separator().stream();
    return IntStream.concat(IntStream.concat(begin, IntStream.of(words)), end).toArray();
  }

  /**
   * BERT's own vector of each sequence, {@code tanh(W h + b)} of its first token's, {@code
   * [sequences, d]}, differentiable, in the current scope; empty if the file has no pooler.
   *
   * @param hidden the activation at {@link #lastHidden}
   */
  public Optional<Tensor> pooled(Tensor hidden, TokenBatch batch) {
    return weights
        .pooler()
        .map(dense -> dense.apply(Residual.first(hidden, batch).squeeze(1)).tanh());
  }

  /**
   * As the interface says.
   *
   * @throws IllegalArgumentException also if logits are asked for and the file has no head
   */
  @Override
  public Forward run(TokenBatch batch, HookPlan plan) {
    limits.check(batch, plan);
    if (plan.logits() != HookPlan.Logits.NONE && weights.head().isEmpty()) {
      throw new IllegalArgumentException(
          info.path() + ": has no head of masked words, and so no logits");
    }
    if (batch.branches()) {
      throw new IllegalArgumentException(
          info.path() + ": an encoder's tokens see all others: it runs no alternatives");
    }
    for (long segment : batch.segments()) {
      if (segment < 0 || segment >= config.segments()) {
        throw new IllegalArgumentException("segment " + segment + " of " + config.segments());
      }
    }
    CapturedForward captured = new CapturedForward();
    try (AutoGradMode mode = new AutoGradMode(plan.recording());
        PointerScope scope = new PointerScope()) {
      String reached =
          plan.start().map(start -> hooks.block(start.layer()).residPre()).orElse(HookPoint.EMBED);
      Taps taps = new Taps(plan, batch, hooks.index(), captured, reached, -1);
      AttentionMask mask = mask(batch);
      Tensor residual =
          plan.start()
              .map(start -> new Tensor(start.residual())) // a handle of the run's own, to close
              .orElseGet(() -> embedded(batch, taps, plan.recording()));
      int first = plan.start().map(HookPlan.Start::layer).orElse(0);
      for (EncoderBlock block : blocks.subList(first, blocks.size())) {
        if (!taps.finished()) {
          residual =
              Residual.step(
                  scope, residual, before -> block.apply(before, mask, taps, plan.recording()));
        }
      }
      if (!taps.finished()) {
        finish(residual, batch, plan, taps).ifPresent(l -> captured.keep(HookPoint.LOGITS, l));
      }
      return captured;
    } catch (RuntimeException | Error e) {
      captured.close();
      throw e;
    }
  }

  /** Every token sees every real one. */
  private static AttentionMask mask(TokenBatch batch) {
    if (!batch.padded()) {
      return new AttentionMask(Optional.empty(), false);
    }
    boolean[] real = batch.mask();
    byte[] bytes = new byte[real.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (real[i] ? 1 : 0);
    }
    Tensor allowed =
        TensorMemory.copy(
            MemorySegment.ofArray(bytes), ScalarType.Bool, batch.sequences(), batch.length());
    return new AttentionMask(
        Optional.of(allowed.view(batch.sequences(), 1, 1, batch.length())), false);
  }

  private Tensor embedded(TokenBatch batch, Taps taps, boolean recording) {
    Tensor tokens = taps.pass(HookPoint.EMBED, looked(weights.words(), batch.ids(), batch));
    Tensor kinds =
        taps.pass(EncoderHooks.SEGMENTS, looked(weights.segments(), batch.segments(), batch));
    Tensor places =
        taps.pass(EncoderHooks.POSITIONS, looked(weights.positions(), batch.positions(), batch));
    return weights.embeddingNorm().apply(tokens.add(kinds).add(places), recording);
  }

  private static Tensor looked(Tensor table, long[] indices, TokenBatch batch) {
    return embedding(table, TensorMemory.longs(indices, batch.sequences(), batch.length()));
  }

  /** The head of masked words, unless the plan ends before its logits. */
  private Optional<Tensor> finish(Tensor residual, TokenBatch batch, HookPlan plan, Taps taps) {
    EncoderWeights.Head head = weights.head().orElseThrow();
    EncoderHooks.HeadNames names = hooks.head().orElseThrow();
    Tensor dense = taps.pass(names.dense(), head.dense().apply(residual));
    Tensor normed =
        head.norm().apply(config.activation().apply(dense), names.norm(), taps, plan.recording());
    Tensor out = taps.pass(names.out(), normed);
    if (taps.finished()) {
      return Optional.empty();
    }
    Tensor rows = plan.logits() == HookPlan.Logits.LAST ? Residual.last(out, batch) : out;
    Linear logits = new Linear(head.matrix(), Optional.of(head.bias()));
    return Optional.of(taps.pass(HookPoint.LOGITS, logits.apply(rows)));
  }

  @Override
  public void close() {
    tokenizer.close();
    weights.close();
  }
}
