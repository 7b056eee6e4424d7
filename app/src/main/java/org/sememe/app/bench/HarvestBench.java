package org.sememe.app.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.sememe.activations.ContextRule;
import org.sememe.activations.ContextStream;
import org.sememe.activations.ContextStream.SplitContext;
import org.sememe.activations.HarvestListener;
import org.sememe.activations.HarvestOptions;
import org.sememe.activations.Harvester;
import org.sememe.models.Forward;
import org.sememe.models.HookPlan;
import org.sememe.models.LanguageModel;
import org.sememe.models.TokenBatch;
import org.sememe.models.text.TextSource;
import org.sememe.tensors.SoloThreads;

/**
 * A harvest against what the machine's own matrix products allow: the products alone, the model up
 * to the hook point, and the whole harvest with its store. All in one process, on the same text, in
 * turns; medians of the repetitions after a warm-up.
 *
 * @param options of the harvest; one hook point
 * @param threads for all of them, as libtorch was started
 * @param repetitions timed rounds, at least 1
 */
public record HarvestBench(HarvestOptions options, int threads, int repetitions) {
  private static final int WARM_UP = 1;
  private static final int RUN_PLACES = 1024;
  private static final int PRODUCT_TOKENS = 8192;

  /** Checks the ranges. */
  public HarvestBench {
    if (repetitions < 1) {
      throw new IllegalArgumentException("repetitions must be at least 1");
    }
  }

  /** Rounds in all, those of the warm-up included. */
  public int rounds() {
    return WARM_UP + repetitions;
  }

  /** Told after every round. */
  @FunctionalInterface
  public interface Listener {
    void round(int done);
  }

  /** What one round measured: GFLOP/s, GFLOP/s, tokens/s, tokens/s. */
  private record Round(double apart, double together, double forward, double harvest) {}

  /**
   * What was measured; fields as scripts read them.
   *
   * @param model stays the caller's
   * @throws IOException if the text cannot be read or has too few tokens, or the temporary store
   *     cannot be written
   */
  public Map<String, Object> run(LanguageModel model, TextSource text, Listener listener)
      throws IOException {
    ForwardProducts products = ForwardProducts.to(hook(), model);
    List<List<int[]>> batches = batches(model, text);
    int passes =
        Math.max(1, (int) Math.min(PRODUCT_TOKENS, options.tokens()) / RUN_PLACES / threads);
    List<Round> timed = new ArrayList<>();
    long tokens = 0;
    try (ProductRate rate = new ProductRate(products, threads, passes)) {
      for (int round = 0; round < rounds(); round++) {
        double apart = rate.apart();
        double together = rate.together();
        double forward = forward(model, batches);
        Harvest harvest = harvest(model, text);
        tokens = harvest.tokens();
        if (round >= WARM_UP) {
          timed.add(new Round(apart, together, forward, harvest.tokensPerSecond()));
        }
        listener.round(round + 1);
      }
    }
    return fields(model, products, tokens, timed);
  }

  private String hook() {
    return options.hooks().getFirst();
  }

  /** The contexts that the harvest runs, so many at once as it does. */
  private List<List<int[]>> batches(LanguageModel model, TextSource text) throws IOException {
    ContextRule rule =
        new ContextRule(
            options.contextLength(), options.pack(), options.heldOutShare(), options.seed());
    List<List<int[]>> batches = new ArrayList<>();
    int atOnce = Math.max(1, RUN_PLACES / options.contextLength());
    try (ContextStream stream = new ContextStream(text, model.tokenizer(), rule)) {
      long tokens = 0;
      while (tokens < options.tokens()) {
        Optional<SplitContext> next = stream.next();
        if (next.isEmpty()) {
          throw new IOException(
              text.name() + ": only " + tokens + " tokens in it: ask for fewer, or name more text");
        }
        if (batches.isEmpty() || batches.getLast().size() == atOnce) {
          batches.add(new ArrayList<>());
        }
        batches.getLast().add(next.get().context().tokens());
        tokens += next.get().context().tokens().length;
      }
    }
    return batches;
  }

  /** Tokens a second of the model alone, up to the hook point. */
  private double forward(LanguageModel model, List<List<int[]>> batches) {
    HookPlan.Builder builder = HookPlan.builder().capture(hook());
    HookPlan plan = builder.build();
    try (SoloThreads solo = new SoloThreads()) {
      long begin = System.nanoTime();
      List<Future<Integer>> runs = new ArrayList<>();
      for (List<int[]> contexts : batches) {
        runs.add(
            solo.submit(
                () -> {
                  TokenBatch batch = TokenBatch.of(contexts);
                  try (Forward forward = model.run(batch, plan)) {
                    return batch.tokens();
                  }
                }));
      }
      long tokens = 0;
      for (Future<Integer> run : runs) {
        tokens += run.get();
      }
      return tokens / seconds(begin);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the model was timed", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  private record Harvest(long tokens, double tokensPerSecond) {}

  /** A harvest into a folder that is gone afterwards; timed until its store is on the disk. */
  private Harvest harvest(LanguageModel model, TextSource text) throws IOException {
    Path folder = Files.createTempDirectory("sememe-bench");
    try {
      long begin = System.nanoTime();
      long tokens =
          Harvester.harvest(
                  model,
                  model.tokenizer(),
                  text,
                  folder.resolve("store"),
                  options,
                  HarvestListener.none())
              .tokens();
      return new Harvest(tokens, tokens / seconds(begin));
    } finally {
      try (Stream<Path> all = Files.walk(folder)) {
        for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }

  private static double seconds(long begin) {
    return (System.nanoTime() - begin) / 1e9;
  }

  private Map<String, Object> fields(
      LanguageModel model, ForwardProducts products, long tokens, List<Round> timed) {
    double apart = Median.of(timed, Round::apart);
    double together = Median.of(timed, Round::together);
    double gemm = Math.max(apart, together);
    double attention = products.attentionMflop(options.contextLength());
    double bound = gemm * 1e3 / products.mflop();
    double withAttention = gemm * 1e3 / (products.mflop() + attention);
    double forward = Median.of(timed, Round::forward);
    double harvest = Median.of(timed, Round::harvest);
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("model", model.info().name());
    fields.put("hook", hook());
    fields.put("context", options.contextLength());
    fields.put("tokens", tokens);
    fields.put("dtype", options.dtype().key());
    fields.put("mflop_per_token", products.mflop());
    fields.put("attention_mflop_per_token", attention);
    fields.put("gemm_gflops", gemm);
    fields.put("gemm_apart_gflops", apart);
    fields.put("gemm_together_gflops", together);
    fields.put("bound_tokens_per_s", bound);
    fields.put("bound_with_attention_tokens_per_s", withAttention);
    fields.put("forward_tokens_per_s", forward);
    fields.put("harvest_tokens_per_s", harvest);
    fields.put("share_of_bound", harvest / bound);
    fields.put("forward_share_of_bound", forward / bound);
    fields.put("share_of_bound_with_attention", harvest / withAttention);
    fields.put("threads", threads);
    fields.put("repetitions", repetitions);
    fields.put("cpu", Cpu.name());
    return fields;
  }
}
