package org.sememe.app.command.diffusion;

import org.sememe.app.command.options.GroupOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** What can be done with diffusion models. */
@Command(
    name = "diffusion",
    description = "Train diffusion models, draw pictures with them, and look inside.",
    synopsisSubcommandLabel = "TASK",
    subcommands = {
      DiffusionDemoCommand.class,
      DiffusionPicturesCommand.class,
      DiffusionTrainCommand.class,
      DiffusionFeaturesCommand.class,
      DiffusionDistillCommand.class,
      DiffusionEvaluateCommand.class,
      DiffusionAblateCommand.class,
      DiffusionSampleCommand.class,
      DiffusionSheetCommand.class,
      DiffusionHarvestCommand.class,
      DiffusionShowCommand.class,
      DiffusionStudioCommand.class
    },
    footer = {
      "",
      "Examples:",
      "  sememe diffusion demo",
      "  sememe diffusion sample sd-turbo --prompt \"a red house\" --out house.png"
    })
public final class DiffusionCommand implements Runnable {
  @Mixin private GroupOptions group;

  @Override
  public void run() {
    throw group.missing("a task");
  }
}
