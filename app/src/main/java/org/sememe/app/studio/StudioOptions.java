package org.sememe.app.studio;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.sememe.analysis.index.DictionarySummary;
import org.sememe.analysis.index.FeatureSource;
import org.sememe.app.sweep.Sweep;

/**
 * What the studio serves and where.
 *
 * @param features where the features come from; not closed by the server. Empty where only a sweep
 *     is shown
 * @param model makes what runs a text, once, when one is first sent (this loads the model); closed
 *     with the server. Empty if there is no model
 * @param metrics how good the dictionary is, with sample sizes
 * @param sweep dictionaries to be compared: this one and others, or any
 * @param notes where what people write about features is kept; empty if nowhere
 * @param lists where lists of features are kept; empty if nowhere
 * @param map the file of a map of decoder directions, which need not be there; empty if none can be
 * @param comparison compares with another dictionary, once, when that is first asked for; empty if
 *     there is none
 * @param host address to listen on
 * @param port port to listen on, 0 for any free one
 * @param token secret that every request must bring; needed when the host is not a loopback address
 */
public record StudioOptions(
    Optional<FeatureSource> features,
    Optional<Supplier<StudioModel>> model,
    List<DictionarySummary.Metric> metrics,
    Optional<Sweep> sweep,
    Optional<FeatureNotes> notes,
    Optional<FeatureLists> lists,
    Optional<Path> map,
    Optional<Supplier<Comparison>> comparison,
    String host,
    int port,
    Optional<String> token) {

  public static final String LOOPBACK = "127.0.0.1";

  /**
   * @throws IllegalArgumentException if the host is open to others and there is no token of 16
   *     characters or more
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
    metrics = List.copyOf(metrics);
  }

  /** Serves the features to this machine only, on any free port, without prompts. */
  public static StudioOptions of(FeatureSource features) {
    return new StudioOptions(
        Optional.of(features),
        Optional.empty(),
        List.of(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        LOOPBACK,
        0,
        Optional.empty());
  }

  /** Serves a sweep to this machine only, on any free port. */
  public static StudioOptions of(Sweep sweep) {
    return new StudioOptions(
        Optional.empty(),
        Optional.empty(),
        List.of(),
        Optional.of(sweep),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        LOOPBACK,
        0,
        Optional.empty());
  }

  /** Shows the sweep that the dictionary belongs to as well. */
  public StudioOptions withSweep(Sweep compared) {
    return new StudioOptions(
        features,
        model,
        metrics,
        Optional.of(compared),
        notes,
        lists,
        map,
        comparison,
        host,
        port,
        token);
  }

  public StudioOptions withModel(Supplier<StudioModel> source) {
    return new StudioOptions(
        features,
        Optional.of(source),
        metrics,
        sweep,
        notes,
        lists,
        map,
        comparison,
        host,
        port,
        token);
  }

  public StudioOptions withMetrics(List<DictionarySummary.Metric> measured) {
    return new StudioOptions(
        features, model, measured, sweep, notes, lists, map, comparison, host, port, token);
  }

  /** Keeps what people write about features. */
  public StudioOptions withNotes(FeatureNotes kept) {
    return new StudioOptions(
        features,
        model,
        metrics,
        sweep,
        Optional.of(kept),
        lists,
        map,
        comparison,
        host,
        port,
        token);
  }

  /** Keeps lists of features. */
  public StudioOptions withLists(FeatureLists kept) {
    return new StudioOptions(
        features,
        model,
        metrics,
        sweep,
        notes,
        Optional.of(kept),
        map,
        comparison,
        host,
        port,
        token);
  }

  /** Shows a map that is, or will be, in a file. */
  public StudioOptions withMap(Path file) {
    return new StudioOptions(
        features,
        model,
        metrics,
        sweep,
        notes,
        lists,
        Optional.of(file),
        comparison,
        host,
        port,
        token);
  }

  /** Compares with another dictionary. */
  public StudioOptions withComparison(Supplier<Comparison> source) {
    return new StudioOptions(
        features, model, metrics, sweep, notes, lists, map, Optional.of(source), host, port, token);
  }

  public StudioOptions withPort(int wanted) {
    return new StudioOptions(
        features, model, metrics, sweep, notes, lists, map, comparison, host, wanted, token);
  }

  /** Listens on another address, guarded by a token. */
  public StudioOptions withHost(String wanted, Optional<String> secret) {
    return new StudioOptions(
        features, model, metrics, sweep, notes, lists, map, comparison, wanted, port, secret);
  }

  private static boolean loopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("--host: no such address: " + host, e);
    }
  }
}
