package org.sememe.app.command.options;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import org.sememe.app.ranks.LocalRanks;
import org.sememe.training.ranks.Mesh;
import org.sememe.training.ranks.RankGrid;
import org.sememe.training.ranks.RankPlace;
import org.sememe.training.ranks.Sharding;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Over how many processes a run is trained, and how the work is dealt out. */
public final class RankOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--nproc",
      paramLabel = "N",
      description =
          "Processes on this machine to train with (default: 1). Where RANK and WORLD_SIZE are"
              + " set, as torchrun sets them, this process is one of theirs instead.")
  private int processes = 1;

  @Option(
      names = "--shard",
      paramLabel = "WHAT[:N],...",
      description =
          "What several processes share out: rows of a batch; zero1, the rows and the optimiser's"
              + " state with its update; latents with all that belongs to them; or, where several"
              + " are trained, the dictionaries by their hooks. A grid of them with numbers, such as"
              + " rows:2,latents:2 for four (default: hooks where several are trained, else rows).")
  private Optional<String> sharding = Optional.empty();

  @Option(
      names = "--rank-timeout",
      paramLabel = "SECONDS",
      description = "How long a process waits for the others before it gives up (default: 300).")
  private int timeout = (int) RankPlace.TIMEOUT.toSeconds();

  /** Whether this process speaks for all. */
  public boolean speaks() {
    return place().map(RankPlace::rank).orElse(0) == 0;
  }

  /** How so many processes share out the work; {@code usual} where no option says it. */
  private RankGrid grid(Sharding usual, int ranks) {
    try {
      RankGrid grid = RankGrid.of(sharding.orElse(usual.text()), ranks);
      if (usual != Sharding.HOOKS && grid.hooks() > 1) {
        throw wrong("--shard hooks is for the dictionaries of several hook points or of a sweep");
      }
      return grid;
    } catch (IllegalArgumentException e) {
      throw wrong("--shard " + e.getMessage());
    }
  }

  /**
   * Runs this command in several processes, where it is asked to and not one of them.
   *
   * @param usual what they share out where no option says it
   */
  public OptionalInt launched(Sharding usual) throws IOException {
    if (processes < 1 || timeout < 1) {
      throw wrong("--nproc and --rank-timeout must be at least 1");
    }
    if (processes == 1 || place().isPresent()) {
      return OptionalInt.empty();
    }
    grid(usual, processes);
    return OptionalInt.of(new SameCommand(command).run(processes));
  }

  /**
   * Meets the other processes, if there are any; libtorch must be loaded.
   *
   * @param usual what they share out where no option says it
   */
  public Mesh join(Sharding usual) throws IOException {
    Optional<RankPlace> place = place();
    if (place.isEmpty()) {
      return Mesh.single();
    }
    Optional.ofNullable(System.getenv(LocalRanks.LAUNCHER))
        .flatMap(pid -> ProcessHandle.of(Long.parseLong(pid)))
        .ifPresent(launcher -> launcher.onExit().thenRun(() -> Runtime.getRuntime().halt(1)));
    return Mesh.join(place.get(), grid(usual, place.get().size()), Duration.ofSeconds(timeout));
  }

  private Optional<RankPlace> place() {
    try {
      return RankPlace.of(System.getenv());
    } catch (IllegalArgumentException e) {
      throw wrong(e.getMessage());
    }
  }

  private ParameterException wrong(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
