package org.sememe.analysis.index;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.sql.SQLException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.sememe.activations.ActivationStore;
import org.sememe.analysis.index.DecoderRelations.Ranked;
import org.sememe.models.LanguageModel;
import org.sememe.models.tokenizer.Tokenizer;
import org.sememe.sae.Sae;
import org.sememe.sae.SaeConfig;
import org.sememe.sae.Sparsity;
import org.sememe.tensors.TensorMemory;

/** Builds a feature index. Stateless, thread-safe. */
public final class FeatureIndexBuilder {
  /** What is added to, or is, the residual stream. */
  private static final String ON_THE_RESIDUAL =
      "hook_embed|blocks\\.\\d+\\.hook_(resid_(pre|mid|post)|attn_out|mlp_out)";

  /** Between a feature's tokens in the text that searches look through. */
  static final char BETWEEN_TOKENS = '\u0001';

  private FeatureIndexBuilder() {}

  /**
   * Runs rows of a store, held-out ones first, through a dictionary and writes what every latent
   * responds to. The file is replaced whole, or left as it was. Rows that are found encoded are not
   * encoded again, and the index is the same as without them; parts that were not needed are
   * deleted.
   *
   * <p>Logit effects are {@code W_U (w ∘ W_dec[f])}, with w the weight of the model's last norm:
   * the change of the logits for one unit of activation on the direct path, up to the positive
   * factor by which that norm scales the residual at a token.
   *
   * @throws IllegalArgumentException if the store has no such hook point, or of another width
   * @throws IOException if the file cannot be written
   */
  public static void build(
      Sae sae,
      ActivationStore store,
      LanguageModel model,
      Tokenizer tokenizer,
      IndexTarget target,
      IndexOptions options,
      IndexListener listener)
      throws IOException {
    SaeConfig config = sae.config();
    int width = store.manifest().width(config.hook());
    if (width != config.width()) {
      throw new IllegalArgumentException(
          "rows of %s in %s are %d wide, and the dictionary's are %d"
              .formatted(config.hook(), store.folder(), width, config.width()));
    }
    int vocabulary = model.info().vocabulary();
    listener.begins(IndexListener.Stage.TEXT);
    IndexedText text = IndexedText.of(store, options.rows(), vocabulary);
    if (text.rows() == 0) {
      throw new IllegalArgumentException(store.folder() + ": the store holds no rows");
    }
    build(
        sae,
        text,
        done -> encoded(sae, text, target, done),
        model,
        tokenizer,
        target,
        options,
        listener);
  }

  /**
   * Writes what every latent responds to, as a cache of delphi's says. Nothing is encoded; what a
   * latent's direction does is of the dictionary's weights.
   *
   * @throws IllegalArgumentException if the cache holds no tokens
   * @throws IOException if the cache is damaged or of another model or dictionary, or the file
   *     cannot be written
   */
  public static void build(
      Sae sae,
      DelphiCache cache,
      LanguageModel model,
      Tokenizer tokenizer,
      IndexTarget target,
      IndexOptions options,
      IndexListener listener)
      throws IOException {
    listener.begins(IndexListener.Stage.TEXT);
    IndexedText text = IndexedText.of(cache, options.rows(), model.info().vocabulary());
    if (text.rows() == 0) {
      throw new IllegalArgumentException(cache.folder() + ": the cache holds no tokens");
    }
    int latents = sae.config().latents();
    build(
        sae,
        text,
        done -> {
          try (Arena arena = Arena.ofShared()) {
            FiredRows rows = cache.rows(text.passages().size(), latents, arena);
            done.accept(text.rows());
            return Firings.byLatent(List.of(rows), latents);
          }
        },
        model,
        tokenizer,
        target,
        options,
        listener);
  }

  /** Where the activations are from. */
  private interface FiringSource {
    Firings firings(LongConsumer done) throws IOException;
  }

  private static void build(
      Sae sae,
      IndexedText text,
      FiringSource source,
      LanguageModel model,
      Tokenizer tokenizer,
      IndexTarget target,
      IndexOptions options,
      IndexListener listener)
      throws IOException {
    SaeConfig config = sae.config();
    int vocabulary = model.info().vocabulary();
    int latents = config.latents();
    long total = text.rows() + 2L * latents;
    listener.begins(IndexListener.Stage.ENCODE);
    try (PointerScope scope = new PointerScope();
        Firings firings = source.firings(done -> listener.progress(done, total));
        Coactivations coactivations = new Coactivations(firings, latents, text.rows(), options);
        IndexWriter writer = new IndexWriter(target.file())) {
      listener.begins(IndexListener.Stage.RELATIONS);
      Relations relations =
          relations(sae, model, options, done -> listener.progress(text.rows() + done, total));
      listener.begins(IndexListener.Stage.WRITE);
      double[] norms = TensorMemory.doubles(sae.encoder().square().sum(1).sqrt());
      ExampleChooser chooser = new ExampleChooser(firings, text, options);
      writer.meta(meta(config, model, text, target.stamp(), options));
      writer.meta(
          Map.of(IndexWriter.COACTIVATION_TOKENS, Integer.toString(coactivations.tokens())));
      for (int token = 0; token < vocabulary; token++) {
        writer.token(token, tokenizer.token(token), text.baseCount(token));
      }
      for (int i = 0; i < text.passages().size(); i++) {
        writer.context(i, text.passages().get(i));
      }
      for (long document : text.documents()) {
        writer.document(document, text.name(document));
      }
      for (int latent = 0; latent < latents; latent++) {
        LatentStatistics statistics = LatentStatistics.of(latent, firings, text, options);
        writer.feature(
            latent,
            statistics,
            text.rows(),
            norms[latent],
            search(statistics, tokenizer),
            relations.raised.get(latent),
            relations.lowered.get(latent),
            relations.neighbours.get(latent).without(latent, options.neighbours()));
        writer.examples(latent, chooser.choose(latent, statistics.max()));
        writer.partners(latent, coactivations);
        listener.progress(text.rows() + latents + latent + 1L, total);
      }
      writer.commit();
    } catch (SQLException e) {
      throw new IOException(target.file() + ": the index cannot be written: " + e.getMessage(), e);
    }
  }

  private static Firings encoded(Sae sae, IndexedText text, IndexTarget target, LongConsumer done)
      throws IOException {
    try (FiredParts parts = new FiredParts(target.parts(), target.dictionary(), sae)) {
      Firings firings = Firings.of(parts, text, sae.config().latents(), done);
      parts.prune();
      return firings;
    }
  }

  private record Relations(List<Ranked> raised, List<Ranked> lowered, List<Ranked> neighbours) {}

  private static Relations relations(
      Sae sae, LanguageModel model, IndexOptions options, LongConsumer done) {
    Tensor unit = DecoderRelations.unit(sae.decoder());
    List<Ranked> neighbours =
        DecoderRelations.largest(unit, unit, options.neighbours() + 1, through -> {});
    if (!sae.config().hook().matches(ON_THE_RESIDUAL)) {
      List<Ranked> none =
          Collections.nCopies(sae.config().latents(), new Ranked(new int[0], new float[0]));
      return new Relations(none, none, neighbours); // no direct path to the logits
    }
    Tensor directions = model.throughFinalNorm(sae.decoder());
    DecoderRelations.Ends effects =
        DecoderRelations.ends(directions, model.unembedding(), options.effects(), done);
    return new Relations(effects.largest(), effects.smallest(), neighbours);
  }

  /** The tokens that a feature's page names: a label's need not be among the most frequent. */
  private static String search(LatentStatistics statistics, Tokenizer tokenizer) {
    return IntStream.concat(
            statistics.label().stream().mapToInt(Integer::intValue),
            statistics.tokens().stream().mapToInt(LatentStatistics.TokenUse::token))
        .distinct()
        .mapToObj(token -> tokenizer.token(token).toLowerCase(Locale.ROOT))
        .collect(Collectors.joining(String.valueOf(BETWEEN_TOKENS)));
  }

  private static Map<String, String> meta(
      SaeConfig config, LanguageModel model, IndexedText text, String stamp, IndexOptions options) {
    Map<String, String> meta = new LinkedHashMap<>();
    meta.put("version", IndexWriter.VERSION);
    meta.put("stamp", stamp);
    meta.put("model", model.info().name());
    meta.put("hook", config.hook());
    meta.put("width", Integer.toString(config.width()));
    meta.put("latents", Integer.toString(config.latents()));
    if (config.sparsity() instanceof Sparsity.TopK(int k)) {
      meta.put("k", Integer.toString(k));
    }
    meta.put("tokens", Integer.toString(text.rows()));
    meta.put("contexts", Integer.toString(text.passages().size()));
    meta.put("intervals", Integer.toString(options.intervals()));
    meta.put("text", text.origin());
    return meta;
  }
}
