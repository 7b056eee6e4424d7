package org.sememe.app.command.bench;

import java.io.IOException;
import java.util.concurrent.Callable;
import org.sememe.app.bench.StudioBench;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.terminal.Terminal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How fast the studio answers. */
@Command(
    name = "studio",
    description =
        "Time the studio's answers over HTTP from a made-up index: the first page with every file"
            + " that it names, a feature, a search, a page of the list.",
    footer = {
      "",
      "Examples:",
      "  sememe bench studio --latents 9216",
      "  sememe bench studio --latents 1M --json"
    })
public final class BenchStudioCommand implements Callable<Integer> {
  @Mixin private CommonOptions common;

  @Option(
      names = "--latents",
      paramLabel = "F",
      description = "Latents of the index (default: ${DEFAULT-VALUE}).")
  private int latents = 1_000_000;

  @Option(
      names = "--examples",
      paramLabel = "N",
      description = "Examples of each latent that fires (default: ${DEFAULT-VALUE}).")
  private int examples = 20;

  @Option(
      names = "--requests",
      paramLabel = "N",
      description = "Timed requests of each kind (default: ${DEFAULT-VALUE}).")
  private int requests = 100;

  @Override
  public Integer call() throws IOException {
    Terminal terminal = common.terminal();
    StudioBench bench = common.checked(() -> new StudioBench(latents, examples, requests));
    try {
      BenchTable.print(terminal, bench.run(part -> terminal.say("… " + part)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    return 0;
  }
}
