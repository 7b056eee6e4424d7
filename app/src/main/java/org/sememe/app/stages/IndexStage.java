package org.sememe.app.stages;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.sememe.activations.ActivationStore;
import org.sememe.analysis.index.DelphiCache;
import org.sememe.analysis.index.FeatureIndex;
import org.sememe.analysis.index.FeatureIndexBuilder;
import org.sememe.analysis.index.IndexListener;
import org.sememe.analysis.index.IndexOptions;
import org.sememe.analysis.index.IndexTarget;
import org.sememe.app.inputs.DictionaryFolder;
import org.sememe.app.terminal.Progress;
import org.sememe.app.terminal.Terminal;
import org.sememe.app.terminal.Unit;
import org.sememe.models.LanguageModel;
import org.sememe.sae.Sae;
import org.sememe.sae.SaeConfig;
import org.sememe.tensors.Sha256;

/**
 * Indexes what every latent responds to.
 *
 * @param terminal where progress is shown
 */
public record IndexStage(Terminal terminal) {
  /** The index's name in a run's folder. */
  public static final String FILE = DictionaryFolder.INDEX;

  /** Encoded rows beside it, from which a build goes on that was stopped or has more rows. */
  public static final String PARTS = "index-parts";

  /** Builds the index, unless the file holds one of the same inputs. */
  public void run(
      Sae sae,
      Path dictionary,
      ActivationStore store,
      LanguageModel model,
      Path file,
      IndexOptions options)
      throws IOException {
    String text = store.manifest().fingerprint() + " " + store.manifest().textSha256();
    run(
        sae,
        dictionary,
        text,
        model,
        file,
        options,
        (target, watch) ->
            FeatureIndexBuilder.build(
                sae, store, model, model.tokenizer(), target, options, watch));
  }

  /** Builds the index of a cache of delphi's, unless the file holds one of the same inputs. */
  public void run(
      Sae sae,
      Path dictionary,
      DelphiCache cache,
      LanguageModel model,
      Path file,
      IndexOptions options)
      throws IOException {
    run(
        sae,
        dictionary,
        cache.sha256(),
        model,
        file,
        options,
        (target, watch) ->
            FeatureIndexBuilder.build(
                sae, cache, model, model.tokenizer(), target, options, watch));
  }

  private interface Build {
    void run(IndexTarget target, IndexListener watch) throws IOException;
  }

  private void run(
      Sae sae,
      Path dictionary,
      String text,
      LanguageModel model,
      Path file,
      IndexOptions options,
      Build build)
      throws IOException {
    String weights = Sha256.of(dictionary.resolve("sae_weights.safetensors"));
    String stamp = String.join(" ", weights, text, model.info().sha256(), options.toString());
    if (Files.exists(file) && stamp.equals(stampOf(file))) {
      return;
    }
    try (Watch watch = new Watch(terminal)) {
      build.run(
          new IndexTarget(file, stamp, file.resolveSibling(PARTS), encoder(weights, sae.config())),
          watch);
    }
  }

  /** All that a row's code depends on but the row. */
  private static String encoder(String weights, SaeConfig config) {
    return "%s %s %s %s"
        .formatted(weights, config.sparsity(), config.rows(), config.subtractDecoderBias());
  }

  /** The stamp of an index, or nothing if it has to be built anew. */
  private static String stampOf(Path file) {
    try (FeatureIndex index = FeatureIndex.open(file)) {
      return index.stamp();
    } catch (IOException unreadable) {
      return "";
    }
  }

  private static final class Watch implements IndexListener, AutoCloseable {
    private final Terminal terminal;
    private Optional<Progress> progress = Optional.empty();

    Watch(Terminal terminal) {
      this.terminal = terminal;
    }

    @Override
    public void progress(long done, long total) {
      if (progress.isEmpty()) {
        progress = Optional.of(terminal.progress("index", Unit.ITEMS, total));
      }
      progress.get().update(done);
    }

    @Override
    public void close() {
      progress.ifPresent(Progress::close);
    }
  }
}
