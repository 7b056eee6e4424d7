package org.sememe.app.inputs;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.sememe.activations.ActivationStore;
import org.sememe.activations.ContextRule;
import org.sememe.models.LanguageModel;
import org.sememe.models.Network;
import org.sememe.models.text.TextSource;
import org.sememe.training.BatchSource;
import org.sememe.training.ContextBatches;
import org.sememe.training.ModelBatches;
import org.sememe.training.Provenance;
import org.sememe.training.RowHooks;
import org.sememe.training.Shuffle;
import org.sememe.training.StoreBatches;
import org.sememe.training.TrainOptions;

/** Where a run's rows come from. Kept in its provenance, so that it can be resumed and measured. */
public sealed interface RunRows {
  /** Where the provenance keeps {@link #rowSeed}. */
  String ROW_SEED = "row_seed";

  /** The hook points. */
  RowHooks hooks();

  /** The seed of the rows' order; empty where it is the seed of the run's weights too. */
  OptionalLong rowSeed();

  /** These rows in the order of a seed, whatever the seed of the weights is. */
  RunRows inOrder(long seed);

  /** What a run's provenance says of its rows. */
  Provenance provenance() throws IOException;

  /** Opens the rows; closing the result closes everything behind it. */
  default Opened open(TrainOptions options) throws IOException {
    return open(List.of(hooks()), options);
  }

  /** Opens the rows of several choices of hook points, which share what can be shared. */
  Opened open(List<RowHooks> each, TrainOptions options) throws IOException;

  /**
   * Rows, and what has to be closed after them.
   *
   * @param sources one for each choice of hook points, in their order
   */
  record Opened(List<? extends BatchSource> sources, AutoCloseable behind)
      implements AutoCloseable {
    /** The only source. */
    public BatchSource source() {
      return sources.getFirst();
    }

    @Override
    public void close() throws IOException {
      sources.forEach(BatchSource::close);
      try {
        behind.close();
      } catch (IOException | RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new IOException(e);
      }
    }
  }

  /** The rows of a run that was begun before. */
  static RunRows of(Provenance provenance, ModelOpener models) throws IOException {
    Map<String, String> more = provenance.more();
    OptionalLong rowSeed =
        more.containsKey(ROW_SEED)
            ? OptionalLong.of(Long.parseLong(more.get(ROW_SEED)))
            : OptionalLong.empty();
    if (more.containsKey(Stored.STORE)) {
      return new Stored(
          Path.of(more.get(Stored.STORE)),
          provenance.hooks(),
          Shuffle.of(more.getOrDefault(Stored.SHUFFLE, Shuffle.FULL.text())),
          rowSeed);
    }
    if (!more.containsKey(Streamed.TEXT)) {
      throw new IOException("the run does not say where its rows came from, so it cannot go on");
    }
    return new Streamed(
        models,
        more.get(Streamed.MODEL),
        more.get(Streamed.TEXT),
        provenance.hooks(),
        new ContextRule(
            Integer.parseInt(more.get(Streamed.CONTEXT_LENGTH)),
            true,
            Double.parseDouble(more.get(Streamed.HELD_OUT)),
            Long.parseLong(more.get(Streamed.SPLIT_SEED))),
        Integer.parseInt(more.get(Streamed.POOL)),
        rowSeed);
  }

  /**
   * From an activation store.
   *
   * @param store its folder
   * @param shuffle how its rows are mixed
   */
  record Stored(Path store, RowHooks hooks, Shuffle shuffle, OptionalLong rowSeed)
      implements RunRows {
    static final String STORE = "store";
    static final String SHUFFLE = "shuffle";

    /** All rows mixed. */
    public Stored(Path store, RowHooks hooks, OptionalLong rowSeed) {
      this(store, hooks, Shuffle.FULL, rowSeed);
    }

    @Override
    public RunRows inOrder(long seed) {
      return new Stored(store, hooks, shuffle, OptionalLong.of(seed));
    }

    @Override
    public Provenance provenance() throws IOException {
      try (ActivationStore opened = ActivationStore.open(store)) {
        Map<String, String> more = new LinkedHashMap<>();
        more.put(STORE, store.toAbsolutePath().normalize().toString());
        more.put("store_fingerprint", opened.manifest().fingerprint());
        if (!shuffle.equals(Shuffle.FULL)) { // as runs of before there was a choice
          more.put(SHUFFLE, shuffle.text());
        }
        more.put(Streamed.MODEL, opened.manifest().model().path());
        hooks.target().ifPresent(target -> more.put(Provenance.TARGET, target));
        rowSeed.ifPresent(seed -> more.put(ROW_SEED, Long.toString(seed)));
        return new Provenance(
            hooks.text(),
            opened.manifest().model().name(),
            opened.manifest().model().sha256(),
            String.join(" + ", opened.manifest().text()),
            opened.manifest().textSha256(),
            more);
      }
    }

    @Override
    public Opened open(List<RowHooks> each, TrainOptions options) throws IOException {
      ActivationStore opened = ActivationStore.open(store);
      try {
        return new Opened(
            each.stream()
                .map(
                    one ->
                        new StoreBatches(
                            opened,
                            one.all(),
                            rowSeed.orElse(options.seed()),
                            shuffle,
                            options.nonFinite(),
                            Math.max(1, options.temporal().sequence())))
                .toList(),
            opened);
      } catch (RuntimeException e) {
        opened.close();
        throw e;
      }
    }
  }

  /**
   * Straight from the model.
   *
   * @param models opens it
   * @param model its name or path
   * @param text the corpus's spec
   * @param poolContexts contexts that are run before their rows are mixed
   */
  record Streamed(
      ModelOpener models,
      String model,
      String text,
      RowHooks hooks,
      ContextRule rule,
      int poolContexts,
      OptionalLong rowSeed)
      implements RunRows {
    static final String MODEL = "model_path";
    static final String TEXT = "text_spec";
    static final String CONTEXT_LENGTH = "context_length";
    static final String HELD_OUT = "held_out_share";
    static final String SPLIT_SEED = "split_seed";
    static final String POOL = "pool_contexts";

    @Override
    public RunRows inOrder(long seed) {
      return new Streamed(models, model, text, hooks, rule, poolContexts, OptionalLong.of(seed));
    }

    @Override
    public Provenance provenance() throws IOException {
      String path = models.located(model);
      TextSource source = models.text(text);
      Map<String, String> more = new LinkedHashMap<>();
      more.put(MODEL, path);
      more.put(TEXT, text);
      more.put(CONTEXT_LENGTH, Integer.toString(rule.contextLength()));
      more.put(HELD_OUT, Double.toString(rule.heldOutShare()));
      more.put(SPLIT_SEED, Long.toString(rule.seed()));
      more.put(POOL, Integer.toString(poolContexts));
      hooks.target().ifPresent(target -> more.put(Provenance.TARGET, target));
      rowSeed.ifPresent(seed -> more.put(ROW_SEED, Long.toString(seed)));
      try (Network opened = models.openNetwork(path)) {
        hooks.all().forEach(opened::hookPoint);
        return new Provenance(
            hooks.text(), opened.info().name(), opened.info().sha256(), source.name(), "", more);
      }
    }

    @Override
    public Opened open(List<RowHooks> each, TrainOptions options) throws IOException {
      if (options.endToEnd().wanted()) {
        return openContexts(each, options);
      }
      Network opened = models.openNetwork(model);
      try {
        return new Opened(
            ModelBatches.together(
                opened,
                opened.tokenizer(),
                models.text(text),
                each.stream().map(RowHooks::all).toList(),
                rule,
                poolContexts,
                rowSeed.orElse(options.seed()),
                options.nonFinite()),
            opened);
      } catch (IOException | RuntimeException e) {
        opened.close();
        throw e;
      }
    }

    /** With the model behind them, for its predictions. */
    private Opened openContexts(List<RowHooks> each, TrainOptions options) throws IOException {
      LanguageModel opened = models.open(model);
      try {
        List<ContextBatches> sources = new ArrayList<>();
        for (RowHooks one : each) {
          sources.add(
              new ContextBatches(
                  opened,
                  opened.tokenizer(),
                  models.text(text),
                  one.text(),
                  rule,
                  options.nonFinite()));
        }
        return new Opened(sources, opened);
      } catch (IOException | RuntimeException e) {
        opened.close();
        throw e;
      }
    }
  }

  /** The store that holds the rows, if one does. */
  default Optional<Path> storeFolder() {
    return this instanceof Stored stored ? Optional.of(stored.store()) : Optional.empty();
  }
}
