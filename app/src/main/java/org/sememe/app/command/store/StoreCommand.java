package org.sememe.app.command.store;

import org.sememe.app.command.options.GroupOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** What can be done with a store of activations. */
@Command(
    name = "store",
    description = "Say what a store of activations holds, check it, merge stores, cut one up.",
    synopsisSubcommandLabel = "TASK",
    subcommands = {
      StoreInfoCommand.class,
      StoreVerifyCommand.class,
      StoreMergeCommand.class,
      StoreSplitCommand.class
    },
    footer = {"", "Example:", "  sememe store info stores/layer9"})
public final class StoreCommand implements Runnable {
  /** What the argument may be. */
  static final String WHAT = "A store's folder, as sememe harvest writes it.";

  @Mixin private GroupOptions group;

  @Override
  public void run() {
    throw group.missing("a task");
  }
}
