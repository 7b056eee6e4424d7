package org.sememe.app.command.bench;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.sememe.app.bench.DiffusionBench;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.terminal.Progress;
import org.sememe.app.terminal.Terminal;
import org.sememe.app.terminal.Unit;
import org.sememe.diffusion.teacher.TeacherPlan;
import org.sememe.tensors.Torch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A training step of a diffusion model against the rate of libtorch's convolutions. */
@Command(
    name = "diffusion",
    description =
        "Time a teacher's training step, the 3x3 convolutions in it alone, and a convolution that"
            + " libtorch does well (64 channels of 32 x 32, 32 pictures), forward and gradients: one"
            + " process, in turns, medians.",
    footer = {
      "",
      "Examples:",
      "  sememe bench diffusion",
      "  sememe bench diffusion --channels 64,128 --side 32 --threads 1"
    })
public final class BenchDiffusionCommand implements Callable<Integer> {
  @Mixin private CommonOptions common;

  @Option(
      names = "--channels",
      paramLabel = "N",
      split = ",",
      defaultValue = "16,32",
      description = "Channels of each size, the finest first (default: ${DEFAULT-VALUE}).")
  private List<Integer> channels;

  @Option(
      names = "--side",
      paramLabel = "PIXELS",
      defaultValue = "16",
      description = "Side of the pictures (default: ${DEFAULT-VALUE}).")
  private int side;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "64",
      description = "Pictures a step (default: ${DEFAULT-VALUE}).")
  private int batch;

  @Option(
      names = "--repetitions",
      paramLabel = "N",
      description = "Timed rounds (default: ${DEFAULT-VALUE}).")
  private int repetitions = 20;

  @Override
  public Integer call() throws IOException {
    Terminal terminal = common.terminal();
    DiffusionBench bench =
        common.checked(
            () ->
                new DiffusionBench(
                    new TeacherPlan(channels, 1, 1, 1_000_000, batch, 2e-3, 0.995, 0.1, 0),
                    side,
                    repetitions));
    Torch.start(common.threads());
    Map<String, Object> fields;
    try (Progress progress = terminal.progress("bench", Unit.ROUNDS, bench.rounds())) {
      fields = bench.run(common.threads(), progress::update);
    }
    BenchTable.print(terminal, fields);
    return 0;
  }
}
