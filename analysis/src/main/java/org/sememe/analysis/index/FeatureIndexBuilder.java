package org.sememe.analysis.index;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
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
   * responds to. {@code file} is replaced whole, or left as it was.
   *
   * <p>Logit effects are {@code W_U (w ∘ W_dec[f])}, with w the weight of the model's last norm:
   * the change of the logits for one unit of activation on the direct path, up to the positive
   * factor by which that norm scales the residual at a token.
   *
   * @param stamp says what the index was made of; {@link FeatureIndex#stamp} gives it back
   * @throws IllegalArgumentException if the store has no such hook point, or of another width
   * @throws IOException if the file cannot be written
   */
  public static void build(
      Sae sae,
      ActivationStore store,
      LanguageModel model,
      Tokenizer tokenizer,
      Path file,
      String stamp,
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
    IndexedText text = new IndexedText(store, options.rows(), vocabulary);
    if (text.rows() == 0) {
      throw new IllegalArgumentException(store.folder() + ": the store holds no rows");
    }
    int latents = config.latents();
    long total = text.rows() + 2L * latents;
    Firings firings = Firings.of(sae, text, config.hook(), done -> listener.progress(done, total));
    try (PointerScope scope = new PointerScope();
        IndexWriter writer = new IndexWriter(file)) {
      Effects effects = effects(sae, model, options, text.rows(), total, listener);
      double[] norms = TensorMemory.doubles(sae.encoder().square().sum(1).sqrt());
      ExampleChooser chooser = new ExampleChooser(firings, text, options);
      writer.meta(meta(config, model, store, text, stamp, options));
      for (int token = 0; token < vocabulary; token++) {
        writer.token(token, tokenizer.token(token), text.baseCount(token));
      }
      for (int i = 0; i < text.passages().size(); i++) {
        writer.context(i, text.passages().get(i));
      }
      for (int latent = 0; latent < latents; latent++) {
        LatentStatistics statistics = LatentStatistics.of(latent, firings, text, options);
        writer.feature(
            latent,
            statistics,
            text.rows(),
            norms[latent],
            search(statistics, tokenizer),
            effects.raised.get(latent),
            effects.lowered.get(latent),
            effects.neighbours.get(latent).without(latent, options.neighbours()));
        writer.examples(latent, chooser.choose(latent, statistics.max()));
        listener.progress(text.rows() + latents + latent + 1L, total);
      }
      writer.commit();
    } catch (SQLException e) {
      throw new IOException(file + ": the index cannot be written: " + e.getMessage(), e);
    }
  }

  private record Effects(List<Ranked> raised, List<Ranked> lowered, List<Ranked> neighbours) {}

  private static Effects effects(
      Sae sae,
      LanguageModel model,
      IndexOptions options,
      long before,
      long total,
      IndexListener listener) {
    int latents = sae.config().latents();
    List<Ranked> none = Collections.nCopies(latents, new Ranked(new int[0], new float[0]));
    Tensor unit = DecoderRelations.unit(sae.decoder());
    List<Ranked> neighbours =
        DecoderRelations.rank(unit, unit, options.neighbours() + 1, true, done -> {});
    if (!sae.config().hook().matches(ON_THE_RESIDUAL)) {
      return new Effects(none, none, neighbours); // no direct path to the logits
    }
    Tensor directions = sae.decoder().mul(model.finalNormWeight());
    Tensor unembedding = model.unembedding();
    int count = options.effects();
    return new Effects(
        DecoderRelations.rank(
            directions,
            unembedding,
            count,
            true,
            done -> listener.progress(before + done / 2, total)),
        DecoderRelations.rank(
            directions,
            unembedding,
            count,
            false,
            done -> listener.progress(before + (latents + done) / 2, total)),
        neighbours);
  }

  private static String search(LatentStatistics statistics, Tokenizer tokenizer) {
    return statistics.tokens().stream()
        .map(use -> tokenizer.token(use.token()).toLowerCase(Locale.ROOT))
        .collect(Collectors.joining(String.valueOf(BETWEEN_TOKENS)));
  }

  private static Map<String, String> meta(
      SaeConfig config,
      LanguageModel model,
      ActivationStore store,
      IndexedText text,
      String stamp,
      IndexOptions options) {
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
    meta.put("text", String.join(" + ", store.manifest().text()));
    return meta;
  }
}
