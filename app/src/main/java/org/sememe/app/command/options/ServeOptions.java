package org.sememe.app.command.options;

import java.util.List;
import java.util.Optional;
import org.sememe.app.stages.StudioStage;
import org.sememe.app.studio.StudioOptions;
import picocli.CommandLine.Option;

/** Where the studio listens. */
public final class ServeOptions {
  @Option(
      names = "--port",
      paramLabel = "PORT",
      description = "Port to listen on; 0 takes any free one (default: ${DEFAULT-VALUE}).")
  private int port = 7730;

  @Option(
      names = "--host",
      paramLabel = "HOST",
      description =
          "Address to listen on; one that other machines reach needs --token (default:"
              + " ${DEFAULT-VALUE}).")
  private String host = StudioOptions.LOOPBACK;

  @Option(
      names = "--token",
      paramLabel = "SECRET",
      description = "What every request must bring: 16 characters or more.")
  private Optional<String> token = Optional.empty();

  @Option(
      names = "--embed-from",
      paramLabel = "ORIGIN",
      description =
          "Let pages of this origin, such as http://localhost:8888, show a page with embed=1 in a"
              + " frame; may be repeated (default: none may).")
  private List<String> embedders = List.of();

  @Option(names = "--no-browser", description = "Do not open a browser.")
  private boolean noBrowser;

  /**
   * How the studio is served.
   *
   * @param model to run in it, if one was named
   */
  public StudioStage.Settings settings(Optional<String> model) {
    return new StudioStage.Settings(host, port, token, embedders, model, !noBrowser);
  }
}
