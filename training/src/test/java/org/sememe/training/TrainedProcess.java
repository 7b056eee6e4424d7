package org.sememe.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.sememe.tensors.Torch;

/** Runs in a process of their own, begun or gone on with, that can be killed. */
final class TrainedProcess {
  private TrainedProcess() {}

  static TrainOptions options() {
    return TrainOptions.of(160, 4, 200L * 256)
        .with("batch", "256")
        .with("lr", "0.003")
        .with("dead-tokens", "2000")
        .with("sample-rows", "512")
        .with("checkpoint-every", "10")
        .with("log-every", "1");
  }

  static BatchSource source() {
    return new SeededRows(5, 40);
  }

  static Process start(List<Path> runs, Path log) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--add-modules=jdk.incubator.vector");
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(TrainedProcess.class.getName());
    runs.forEach(run -> command.add(run.toString()));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
  }

  /** Options of runs that differ in what runs that are trained together may differ in. */
  static List<TrainOptions> several() {
    return List.of(
        options(),
        options().with("seed", "3").with("checkpoint-every", "7"),
        options().with("architecture", "batchtopk").with("k", "6").with("lr", "0.001"),
        options().with("latents", "96").with("tokens", "20000").with("input-scale", "width"),
        options().with("decoder-bias", "mean").with("input-scale", "none").with("log-every", "9"),
        resampled("relu"),
        resampled("gated").with("p-end", "0.4"),
        options().with(Map.of("architecture", "abstopk", "k-start", "9", "average", "0.9")),
        options().with("input-scale", "whitening").with("tokens", "20000"),
        options().with(Map.of("optimiser", "signum", "tokens", "20000")),
        resampled("relu").with(Map.of("optimiser", "muon", "decoder-norm", "at-most-one")),
        options().with(Map.of("encoder", "kronecker", "tokens", "20000")),
        options().with(Map.of("encoder", "switch", "average", "0.9", "tokens", "20000")),
        options()
            .with(Map.of("decoder", "archetypal", "architecture", "batchtopk", "points", "30")));
  }

  /** Dead latents get a new start, and the price has a power that may fall. */
  static TrainOptions resampled(String architecture) {
    return options()
        .with(
            Map.of(
                "architecture", architecture,
                "penalty", "power-sum:1",
                "penalty-weight", "1",
                "dead-tokens", "256",
                "resample-every", "15%",
                "resample-times", "5",
                "resample-rows", "512"));
  }

  /** A member for each folder, with the options of the same place, begun or not. */
  static List<TrainMember> members(List<Path> folders) throws IOException {
    List<TrainMember> members = new ArrayList<>();
    for (int i = 0; i < folders.size(); i++) {
      Provenance provenance =
          new Provenance("blocks.0.hook_resid_post", "tiny", "00", "seeded rows", "11", Map.of());
      members.add(
          Files.exists(folders.get(i).resolve("run.json"))
              ? TrainMember.begun(TrainingRun.open(folders.get(i)), at -> {})
              : new TrainMember(
                  TrainingRun.create(folders.get(i), provenance), several().get(i), at -> {}));
    }
    return members;
  }

  /** Trains the runs in the folders together, or goes on with them. */
  public static void main(String[] arguments) throws IOException {
    Torch.start(2);
    Trainer.together(
        members(Arrays.stream(arguments).map(Path::of).toList()), source(), () -> false);
  }
}
