package org.sememe.app.command.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.sememe.activations.ActivationStore;
import org.sememe.activations.StoreManifest;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.terminal.Terminal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Reads a whole store and compares it with its manifest. */
@Command(
    name = "verify",
    description =
        "Read a whole store: its checksums must be the manifest's, and each row's token that of"
            + " its context.",
    footer = {"", "Example:", "  sememe store verify stores/layer9"})
public final class StoreVerifyCommand implements Callable<Integer> {
  @Mixin private CommonOptions common;

  @Parameters(paramLabel = "STORE", description = StoreCommand.WHAT)
  private Path folder;

  @Override
  public Integer call() throws IOException {
    Terminal terminal = common.terminal();
    try (ActivationStore store = ActivationStore.open(folder)) {
      store.verify();
      StoreManifest manifest = store.manifest();
      terminal.say(
          String.format(
              Locale.ROOT,
              "%s is whole: %,d shards, %,d rows",
              folder,
              manifest.shards().size(),
              manifest.rows()));
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("store", folder.toAbsolutePath().normalize().toString());
      fields.put("shards", manifest.shards().size());
      fields.put("rows", manifest.rows());
      terminal.result(fields);
    }
    return 0;
  }
}
