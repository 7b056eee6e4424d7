package org.sememe.app.command.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.sememe.activations.HarvestResult;
import org.sememe.activations.StoreSplit;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.terminal.Terminal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Cuts a store into several. */
@Command(
    name = "split",
    description = "Cut a store into several of about equal size, each a store of its own.",
    footer = {"", "Example:", "  sememe store split stores/layer9 --parts 4 --out stores/parts"})
public final class StoreSplitCommand implements Callable<Integer> {
  @Mixin private CommonOptions common;

  @Parameters(paramLabel = "STORE", description = StoreCommand.WHAT)
  private Path folder;

  @Option(names = "--parts", paramLabel = "N", required = true, description = "How many stores.")
  private int parts;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "Where they are put, as part-0, part-1 and so on.")
  private Path out;

  @Override
  public Integer call() throws IOException {
    Terminal terminal = common.terminal();
    if (parts < 2) {
      throw common.wrong("--parts " + parts + ": must be at least 2");
    }
    List<HarvestResult> written = StoreSplit.split(folder, parts, out);
    for (HarvestResult part : written) {
      terminal.say(
          String.format(
              Locale.ROOT,
              "%s: %,d rows of %,d tokens%s",
              part.store(),
              part.rows(),
              part.tokens(),
              part.reused() ? " (was there already)" : ""));
    }
    terminal.result(Map.of("parts", written.stream().map(StoreFields::of).toList()));
    return 0;
  }
}
