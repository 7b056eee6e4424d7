package org.sememe.app.studio;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.sememe.analysis.index.DictionarySummary;
import org.sememe.analysis.index.FeatureSource;
import org.sememe.analysis.meaning.MeaningSource;
import org.sememe.app.sweep.Sweep;

/**
 * What the studio serves and where.
 *
 * @param features where the features come from; not closed by the server. Empty where only a sweep
 *     or runs are shown
 * @param model makes what runs a text, once, when one is first sent (this loads the model); closed
 *     with the server. Empty if there is no model
 * @param metrics how good the dictionary is, with sample sizes
 * @param sweep dictionaries to be compared: this one and others, or any
 * @param notes where what people write about features is kept; empty if nowhere
 * @param grades where grades of labels are kept; empty if nowhere
 * @param lists where lists of features are kept; empty if nowhere
 * @param map the file of a map of decoder directions, which need not be there; empty if none can be
 * @param meaning finds features by meaning; not closed by the server. Empty if nothing can
 * @param comparison compares with another dictionary, once, when that is first asked for; empty if
 *     there is none
 * @param runs those that are shown as they are trained
 * @param pictures networks that draw; not closed by the server
 * @param host address to listen on
 * @param port port to listen on, 0 for any free one
 * @param token secret that every request must bring; needed when the host is not a loopback address
 * @param embedders origins whose pages may show a page with {@code embed=1} in a frame, as {@code
 *     https://example.org:8080}
 */
public record StudioOptions(
    Optional<FeatureSource> features,
    Optional<Supplier<StudioModel>> model,
    List<DictionarySummary.Metric> metrics,
    Optional<Sweep> sweep,
    Optional<FeatureNotes> notes,
    Optional<FeatureGrades> grades,
    Optional<FeatureLists> lists,
    Optional<Path> map,
    Optional<MeaningSource> meaning,
    Optional<Supplier<Comparison>> comparison,
    Optional<WatchedRuns> runs,
    Optional<PictureSource> pictures,
    String host,
    int port,
    Optional<String> token,
    List<String> embedders) {

  private static final Pattern ORIGIN =
      Pattern.compile("https?://([a-z0-9.-]+|\\[[0-9a-f:.]+])(:[0-9]{1,5})?");

  public static final String LOOPBACK = "127.0.0.1";

  /**
   * @throws IllegalArgumentException if the host is open to others and there is no token of 16
   *     characters or more, or what may embed is no origin
   */
  public StudioOptions {
    if (port < 0 || port > 65535) {
      throw new IllegalArgumentException("--port: 0 to 65535, not " + port);
    }
    if (!loopback(host) && token.isEmpty()) {
      throw new IllegalArgumentException(
          "--host "
              + host
              + " lets other machines in: give a --token of at least 16 characters too");
    }
    if (token.isPresent() && !token.get().matches("[A-Za-z0-9_.~-]{16,200}")) {
      throw new IllegalArgumentException(
          "--token: 16 to 200 letters, digits, or the characters _ . ~ -");
    }
    for (String embedder : embedders) {
      if (!ORIGIN.matcher(embedder).matches()) {
        throw new IllegalArgumentException(
            "--embed-from: one origin, such as http://localhost:8888, not " + embedder);
      }
    }
    embedders = List.copyOf(embedders);
    metrics = List.copyOf(metrics);
  }

  /** Serves nothing yet, to this machine only, on any free port. */
  public static StudioOptions none() {
    return new Parts().options();
  }

  /** Serves the features to this machine only, on any free port, without prompts. */
  public static StudioOptions of(FeatureSource features) {
    return none().with(parts -> parts.features = Optional.of(features));
  }

  /** Serves a sweep to this machine only, on any free port. */
  public static StudioOptions of(Sweep sweep) {
    return none().withSweep(sweep);
  }

  /** Shows the sweep that the dictionary belongs to as well. */
  public StudioOptions withSweep(Sweep compared) {
    return with(parts -> parts.sweep = Optional.of(compared));
  }

  public StudioOptions withModel(Supplier<StudioModel> source) {
    return with(parts -> parts.model = Optional.of(source));
  }

  public StudioOptions withMetrics(List<DictionarySummary.Metric> measured) {
    return with(parts -> parts.metrics = measured);
  }

  /** Keeps what people write about features. */
  public StudioOptions withNotes(FeatureNotes kept) {
    return with(parts -> parts.notes = Optional.of(kept));
  }

  /** Keeps grades of labels. */
  public StudioOptions withGrades(FeatureGrades kept) {
    return with(parts -> parts.grades = Optional.of(kept));
  }

  /** Keeps lists of features. */
  public StudioOptions withLists(FeatureLists kept) {
    return with(parts -> parts.lists = Optional.of(kept));
  }

  /** Shows a map that is, or will be, in a file. */
  public StudioOptions withMap(Path file) {
    return with(parts -> parts.map = Optional.of(file));
  }

  /** Finds features by meaning. */
  public StudioOptions withMeaning(MeaningSource source) {
    return with(parts -> parts.meaning = Optional.of(source));
  }

  /** Compares with another dictionary. */
  public StudioOptions withComparison(Supplier<Comparison> source) {
    return with(parts -> parts.comparison = Optional.of(source));
  }

  /** Shows runs as they are trained. */
  public StudioOptions withRuns(WatchedRuns watched) {
    return with(parts -> parts.runs = Optional.of(watched));
  }

  /** Shows networks that draw. */
  public StudioOptions withPictures(PictureSource source) {
    return with(parts -> parts.pictures = Optional.of(source));
  }

  public StudioOptions withPort(int wanted) {
    return with(parts -> parts.port = wanted);
  }

  /** Listens on another address, guarded by a token. */
  public StudioOptions withHost(String wanted, Optional<String> secret) {
    return with(
        parts -> {
          parts.host = wanted;
          parts.token = secret;
        });
  }

  /** Lets pages of these origins show a page with {@code embed=1} in a frame. */
  public StudioOptions withEmbedders(List<String> origins) {
    return with(parts -> parts.embedders = origins);
  }

  private StudioOptions with(Consumer<Parts> change) {
    Parts parts = new Parts();
    parts.features = features;
    parts.model = model;
    parts.metrics = metrics;
    parts.sweep = sweep;
    parts.notes = notes;
    parts.grades = grades;
    parts.lists = lists;
    parts.map = map;
    parts.meaning = meaning;
    parts.comparison = comparison;
    parts.runs = runs;
    parts.pictures = pictures;
    parts.host = host;
    parts.port = port;
    parts.token = token;
    parts.embedders = embedders;
    change.accept(parts);
    return parts.options();
  }

  /** The components while one is changed. */
  private static final class Parts {
    private Optional<FeatureSource> features = Optional.empty();
    private Optional<Supplier<StudioModel>> model = Optional.empty();
    private List<DictionarySummary.Metric> metrics = List.of();
    private Optional<Sweep> sweep = Optional.empty();
    private Optional<FeatureNotes> notes = Optional.empty();
    private Optional<FeatureGrades> grades = Optional.empty();
    private Optional<FeatureLists> lists = Optional.empty();
    private Optional<Path> map = Optional.empty();
    private Optional<MeaningSource> meaning = Optional.empty();
    private Optional<Supplier<Comparison>> comparison = Optional.empty();
    private Optional<WatchedRuns> runs = Optional.empty();
    private Optional<PictureSource> pictures = Optional.empty();
    private String host = LOOPBACK;
    private int port;
    private Optional<String> token = Optional.empty();
    private List<String> embedders = List.of();

    StudioOptions options() {
      return new StudioOptions(
          features,
          model,
          metrics,
          sweep,
          notes,
          grades,
          lists,
          map,
          meaning,
          comparison,
          runs,
          pictures,
          host,
          port,
          token,
          embedders);
    }
  }

  private static boolean loopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("--host: no such address: " + host, e);
    }
  }
}
