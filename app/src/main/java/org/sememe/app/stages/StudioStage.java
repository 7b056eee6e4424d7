package org.sememe.app.stages;

import java.awt.Desktop;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.sememe.analysis.geometry.DictionaryPartners;
import org.sememe.analysis.index.DictionarySummary.Metric;
import org.sememe.analysis.index.FeatureIndex;
import org.sememe.app.inputs.DictionaryFolder;
import org.sememe.app.inputs.ModelOpener;
import org.sememe.app.runs.RunFolders;
import org.sememe.app.studio.Comparison;
import org.sememe.app.studio.FeatureGrades;
import org.sememe.app.studio.FeatureLists;
import org.sememe.app.studio.FeatureNotes;
import org.sememe.app.studio.MapFile;
import org.sememe.app.studio.PictureSource;
import org.sememe.app.studio.StudioModel;
import org.sememe.app.studio.StudioOptions;
import org.sememe.app.studio.StudioServer;
import org.sememe.app.studio.WatchedRuns;
import org.sememe.app.sweep.Sweep;
import org.sememe.app.terminal.Terminal;
import org.sememe.sae.Sae;
import org.sememe.tensors.Torch;

/**
 * Serves a dictionary's features until the process is asked to end.
 *
 * @param terminal where the address is said
 * @param threads for prompts
 */
public record StudioStage(Terminal terminal, int threads) {
  /**
   * Where and how to serve.
   *
   * @param embedders origins whose pages may embed a page
   * @param model the model that runs prompts, if prompts are wanted
   * @param openBrowser whether to open the address, where there is a browser
   */
  public record Settings(
      String host,
      int port,
      Optional<String> token,
      List<String> embedders,
      Optional<String> model,
      boolean openBrowser) {}

  /**
   * Serves until the process is asked to end.
   *
   * @param started hears the address once
   */
  public void run(DictionaryFolder dictionary, Path kept, Settings settings, Consumer<URI> started)
      throws IOException {
    run(dictionary, kept, Optional.empty(), settings, started);
  }

  /**
   * Serves a dictionary, beside another one if there is one to compare with.
   *
   * @param started hears the address once
   */
  public void run(
      DictionaryFolder dictionary,
      Path kept,
      Optional<DictionaryFolder> compared,
      Settings settings,
      Consumer<URI> started)
      throws IOException {
    if (compared.isEmpty()) {
      run(dictionary, kept, settings, started, options -> options);
      return;
    }
    DictionaryFolder other = compared.get();
    try (FeatureIndex index = index(other.kept())) {
      run(
          dictionary,
          kept,
          settings,
          started,
          options -> options.withComparison(() -> compare(dictionary, other, index)));
    }
  }

  private Comparison compare(
      DictionaryFolder dictionary, DictionaryFolder other, FeatureIndex index) {
    Torch.start(threads);
    try (Sae here = dictionary.load(threads);
        Sae there = other.load(threads)) {
      return new Comparison(
          other.kept().getFileName().toString(),
          index,
          metrics(other.kept()),
          DictionaryPartners.of(here.decoder(), there.decoder(), 0));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static FeatureIndex index(Path kept) throws IOException {
    Path file = kept.resolve(IndexStage.FILE);
    if (!Files.exists(file)) {
      throw new NoSuchFileException(
          file.toString(), null, "no index; build it: sememe index " + kept);
    }
    return FeatureIndex.open(file);
  }

  private static List<Metric> metrics(Path kept) throws IOException {
    return Evaluated.read(kept).map(e -> Scores.metrics(e.report())).orElse(List.of());
  }

  private void run(
      DictionaryFolder dictionary,
      Path kept,
      Settings settings,
      Consumer<URI> started,
      UnaryOperator<StudioOptions> more)
      throws IOException {
    List<Metric> metrics = metrics(kept);
    try (FeatureIndex index = index(kept);
        StoredMeanings meanings =
            new StoredMeanings(new ModelOpener(terminal, threads), kept, index)) {
      StudioOptions options =
          StudioOptions.of(index)
              .withMeaning(meanings)
              .withMetrics(metrics)
              .withNotes(new FeatureNotes(kept.resolve(FeatureNotes.FILE)))
              .withGrades(new FeatureGrades(kept.resolve(FeatureGrades.FILE)))
              .withLists(new FeatureLists(kept.resolve(FeatureLists.FILE)))
              .withMap(kept.resolve(MapFile.FILE));
      if (settings.model().isPresent()) {
        options = options.withModel(model(dictionary, settings.model().get(), index));
      }
      Path above = kept.toAbsolutePath().normalize().getParent();
      if (above != null && Sweep.in(above)) {
        options = options.withSweep(Sweep.read(above));
      }
      serve(runs(more.apply(options), kept), settings, started);
    }
  }

  /** Shows the run, and those beside it, as they are or were trained. */
  private static StudioOptions runs(StudioOptions options, Path folder) throws IOException {
    Optional<RunFolders> beside = RunFolders.of(folder);
    return beside.isEmpty()
        ? options
        : options.withRuns(
            new WatchedRuns(
                beside.get(),
                Optional.of(folder.toAbsolutePath().normalize().getFileName().toString())));
  }

  /**
   * Serves a sweep until the process is asked to end.
   *
   * @param folder the sweep's
   * @param started hears the address once
   */
  public void run(Path folder, Settings settings, Consumer<URI> started) throws IOException {
    serve(runs(StudioOptions.of(Sweep.read(folder)), folder), settings, started);
  }

  /**
   * Serves the training of a run, or of all runs in a folder, until the process is asked to end.
   *
   * @param started hears the address once
   */
  public void watch(Path folder, Settings settings, Consumer<URI> started) throws IOException {
    serve(runs(StudioOptions.none(), folder), settings, started);
  }

  /**
   * Serves networks that draw until the process is asked to end.
   *
   * @param started hears the address once
   */
  public void draw(PictureSource pictures, Settings settings, Consumer<URI> started) {
    serve(StudioOptions.none().withPictures(pictures), settings, started);
  }

  private void serve(StudioOptions options, Settings settings, Consumer<URI> started) {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch closed = new CountDownLatch(1);
    Thread end = new Thread(() -> end(asked, closed), "studio-end");
    try (StudioServer server =
        StudioServer.start(
            options
                .withHost(settings.host(), settings.token())
                .withPort(settings.port())
                .withEmbedders(settings.embedders()))) {
      Runtime.getRuntime().addShutdownHook(end);
      URI address = server.address();
      terminal.say("studio: " + address + "  (Ctrl-C ends it)");
      started.accept(address);
      if (settings.openBrowser()) {
        open(address);
      }
      asked.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      closed.countDown();
    }
  }

  private static void end(CountDownLatch asked, CountDownLatch closed) {
    asked.countDown();
    try {
      closed.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Model and dictionary are loaded when the first text comes. */
  private Supplier<StudioModel> model(
      DictionaryFolder dictionary, String model, FeatureIndex index) {
    return () -> {
      try {
        return RunningModel.open(new ModelOpener(terminal, threads), dictionary, model, index);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    };
  }

  /** Opens a browser where there is a screen; where there is none, the address was said. */
  private static void open(URI address) {
    Map<String, String> environment = System.getenv();
    boolean screen =
        environment.containsKey("DISPLAY")
            || environment.containsKey("WAYLAND_DISPLAY")
            || !System.getProperty("os.name").equals("Linux");
    if (!screen) {
      return;
    }
    try {
      if (System.getProperty("os.name").equals("Linux")) {
        new ProcessBuilder("xdg-open", address.toString())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
      } else if (Desktop.isDesktopSupported()) {
        Desktop.getDesktop().browse(address);
      }
    } catch (IOException | UnsupportedOperationException noBrowser) {
      // The address was said.
    }
  }
}
