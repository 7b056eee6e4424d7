package org.sememe.app.command.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.sememe.activations.HarvestResult;
import org.sememe.activations.StoreMerge;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.terminal.Terminal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes one store of several. */
@Command(
    name = "merge",
    description = "Make one store of several of the same model, hook points and options.",
    footer = {"", "Example:", "  sememe store merge stores/a stores/b --out stores/both"})
public final class StoreMergeCommand implements Callable<Integer> {
  @Mixin private CommonOptions common;

  @Parameters(paramLabel = "STORE", arity = "2..*", description = StoreCommand.WHAT)
  private List<Path> stores;

  @Option(names = "--out", paramLabel = "DIR", required = true, description = "The new store.")
  private Path out;

  @Override
  public Integer call() throws IOException {
    Terminal terminal = common.terminal();
    HarvestResult merged = StoreMerge.merge(stores, out);
    terminal.say(
        String.format(
            Locale.ROOT,
            "%,d rows of %,d tokens in %,d documents: %s%s",
            merged.rows(),
            merged.tokens(),
            merged.documents(),
            out,
            merged.reused() ? " (was there already)" : ""));
    terminal.result(StoreFields.of(merged));
    return 0;
  }
}
