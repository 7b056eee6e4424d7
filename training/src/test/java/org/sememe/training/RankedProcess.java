package org.sememe.training;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.sememe.tensors.Torch;
import org.sememe.training.ranks.Mesh;
import org.sememe.training.ranks.RankGrid;
import org.sememe.training.ranks.RankLostException;
import org.sememe.training.ranks.RankPlace;

/** A rank of a run, begun or gone on with, that can be killed. */
final class RankedProcess {
  /**
   * The argument that says how many seconds to wait for the others, where it is not two minutes.
   */
  static final String TIMEOUT = "timeout=";

  private RankedProcess() {}

  static TrainMember member(Path folder, List<String> settings) throws Exception {
    if (Files.exists(folder.resolve("run.json"))) {
      return TrainMember.begun(TrainingRun.open(folder), progress -> {});
    }
    Map<String, String> given = new LinkedHashMap<>();
    settings.forEach(one -> given.put(one.split("=")[0], one.split("=")[1]));
    Provenance provenance =
        new Provenance("blocks.0.hook_resid_post", "tiny", "00", "seeded rows", "11", Map.of());
    return new TrainMember(
        TrainingRun.create(folder, provenance),
        TrainedProcess.options().with(given),
        progress -> {});
  }

  public static void main(String[] arguments) throws Exception {
    Torch.start(1);
    Path folder = Path.of(arguments[1]);
    List<String> settings = new ArrayList<>(List.of(arguments).subList(2, arguments.length));
    Duration timeout = Duration.ofMinutes(2);
    if (settings.getLast().startsWith(TIMEOUT)) {
      timeout =
          Duration.ofSeconds(Long.parseLong(settings.removeLast().substring(TIMEOUT.length())));
    }
    TrainMember member = member(folder, settings);
    RankPlace place = RankPlace.of(System.getenv()).orElseThrow();
    try (Mesh mesh = Mesh.join(place, RankGrid.of(arguments[0], place.size()), timeout)) {
      TrainResult result = Trainer.over(mesh, member, TrainedProcess.source(), () -> false);
      System.out.println("finished " + result.finished());
    } catch (RankLostException e) {
      System.out.println("LOST " + e.getMessage());
      System.exit(1);
    }
    System.exit(0);
  }
}
