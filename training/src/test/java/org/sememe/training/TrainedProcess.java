package org.sememe.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.sememe.tensors.Torch;

/** A run in a process of its own, begun or gone on with, that can be killed. */
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

  static Process start(Path run, Path log) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--add-modules=jdk.incubator.vector");
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(TrainedProcess.class.getName());
    command.add(run.toString());
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
  }

  /** Trains the run in the folder, or goes on with it. */
  public static void main(String[] arguments) throws IOException {
    Torch.start(2);
    Path folder = Path.of(arguments[0]);
    if (Files.exists(folder.resolve("run.json"))) {
      Trainer.resume(TrainingRun.open(folder), source(), at -> {}, () -> false);
    } else {
      Provenance provenance =
          new Provenance("blocks.0.hook_resid_post", "tiny", "00", "seeded rows", "11", Map.of());
      Trainer.train(
          TrainingRun.create(folder, provenance), source(), options(), at -> {}, () -> false);
    }
  }
}
