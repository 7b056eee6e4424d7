package org.sememe.analysis.prompt;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeSet;
import org.sememe.activations.ContextRows;
import org.sememe.activations.ContextRows.Verdict;
import org.sememe.analysis.index.FeatureIndex;
import org.sememe.analysis.index.FeatureList;
import org.sememe.analysis.index.Quantiles;
import org.sememe.models.LanguageModel;
import org.sememe.models.text.Context;
import org.sememe.models.tokenizer.Tokenizer;
import org.sememe.sae.ActiveLatents;
import org.sememe.sae.Sae;
import org.sememe.sae.TokenCodes;
import org.sememe.sae.TokenEncoder;

/**
 * Runs a text to the dictionary's hook point and encodes it. Positions that the dictionary was not
 * trained on (the first one, special tokens, sinks) are left out. One thread at a time. Owns an
 * encoder; model, dictionary and index stay the caller's and are closed after it.
 */
public final class PromptView implements PromptSource {
  private static final int MOST_TOKENS = 512;
  private static final int FEATURES_OF_THE_TEXT = 40;

  private final LanguageModel model;
  private final Tokenizer tokenizer;
  private final Sae sae;
  private final FeatureIndex index;
  private final int mostTokens;
  private final TokenEncoder encoder;
  private final TokenCodes codes;

  /**
   * A view.
   *
   * @throws IllegalArgumentException if the model has no such hook point, or of another width, or
   *     the index is of another dictionary's size
   */
  public PromptView(LanguageModel model, Tokenizer tokenizer, Sae sae, FeatureIndex index) {
    long width = model.hookPoint(sae.config().hook()).rowWidth();
    if (width != sae.config().width()) {
      throw new IllegalArgumentException(
          "%s of this model is %d wide, and the dictionary's rows are %d"
              .formatted(sae.config().hook(), width, sae.config().width()));
    }
    if (index.summary().latents() != sae.config().latents()) {
      throw new IllegalArgumentException(
          "the index is of %d latents, and the dictionary has %d: index the dictionary again"
              .formatted(index.summary().latents(), sae.config().latents()));
    }
    this.model = model;
    this.tokenizer = tokenizer;
    this.sae = sae;
    this.index = index;
    this.mostTokens = Math.min(MOST_TOKENS, model.info().contextLength());
    this.encoder = sae.tokenEncoder();
    this.codes = encoder.codes();
  }

  @Override
  public PromptAnalysis analyse(String text) {
    PromptTokens read = PromptTokens.of(tokenizer, text, mostTokens);
    int[] tokens = read.ids();
    boolean[] excluded = new boolean[tokens.length];
    List<ActiveLatents> active = encode(tokens, excluded);
    TreeSet<Integer> seen = new TreeSet<>();
    active.forEach(row -> Arrays.stream(row.latents()).forEach(seen::add));
    Known known = new Known(index.rows(List.copyOf(seen)), index.quantiles(seen));
    List<PromptAnalysis.Token> shown = new ArrayList<>();
    for (int i = 0; i < tokens.length; i++) {
      shown.add(
          new PromptAnalysis.Token(
              tokenizer.token(tokens[i]), excluded[i], features(active.get(i), known)));
    }
    return new PromptAnalysis(read.truncated(), shown, whole(active, known));
  }

  /** The active latents of each token; none where it is left out. */
  private List<ActiveLatents> encode(int[] tokens, boolean[] excluded) {
    ActiveLatents[] active = new ActiveLatents[tokens.length];
    Arrays.fill(active, new ActiveLatents(new int[0], new float[0]));
    ContextRows rows = new ContextRows(model, tokenizer, List.of(sae.config().hook()), false);
    rows.run(
        List.of(new Context(tokens, new long[tokens.length])),
        (context, position, verdict, memory) -> {
          excluded[position] = verdict != Verdict.KEPT;
          if (verdict == Verdict.KEPT) {
            encoder.encode(memory.getFirst(), codes);
            active[position] = codes.active();
          }
        });
    return List.of(active);
  }

  /** What the index knows of the text's features. */
  private record Known(Map<Integer, FeatureList.Row> rows, Quantiles quantiles) {
    OptionalDouble quantile(FeatureList.Row feature, double activation) {
      return quantiles.of(feature.latent(), activation, feature.maxActivation());
    }
  }

  private static List<PromptAnalysis.Active> features(ActiveLatents row, Known known) {
    List<PromptAnalysis.Active> features = new ArrayList<>();
    for (int i = 0; i < row.latents().length; i++) {
      FeatureList.Row feature = known.rows().get(row.latents()[i]);
      float activation = row.activations()[i];
      features.add(
          new PromptAnalysis.Active(
              feature.latent(),
              feature.topTokens(),
              activation,
              Math.max(activation, feature.maxActivation()),
              feature.density(),
              known.quantile(feature, activation)));
    }
    return features;
  }

  private static List<PromptAnalysis.Strength> whole(List<ActiveLatents> active, Known known) {
    Map<Integer, float[]> byLatent = new HashMap<>();
    for (int token = 0; token < active.size(); token++) {
      ActiveLatents row = active.get(token);
      for (int i = 0; i < row.latents().length; i++) {
        byLatent.computeIfAbsent(row.latents()[i], latent -> new float[active.size()])[token] =
            row.activations()[i];
      }
    }
    return byLatent.entrySet().stream()
        .map(entry -> strength(known, entry.getKey(), entry.getValue()))
        .sorted(
            Comparator.comparingDouble((PromptAnalysis.Strength s) -> -s.activation())
                .thenComparingInt(PromptAnalysis.Strength::latent))
        .limit(FEATURES_OF_THE_TEXT)
        .toList();
  }

  private static PromptAnalysis.Strength strength(Known known, int latent, float[] activations) {
    FeatureList.Row feature = known.rows().get(latent);
    double most = 0;
    int count = 0;
    for (float activation : activations) {
      most = Math.max(most, activation);
      count += activation > 0 ? 1 : 0;
    }
    return new PromptAnalysis.Strength(
        feature.latent(),
        feature.topTokens(),
        most,
        Math.max(most, feature.maxActivation()),
        feature.density(),
        count,
        known.quantile(feature, most),
        activations);
  }

  @Override
  public void close() {
    encoder.close();
  }
}
