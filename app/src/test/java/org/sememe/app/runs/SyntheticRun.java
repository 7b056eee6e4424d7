package org.sememe.app.runs;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.sememe.training.Provenance;
import org.sememe.training.TrainOptions;

/** A run's folder with made-up metrics, written line by line as a training would. */
public final class SyntheticRun {
  public static final int LATENTS = 1000;
  public static final int STEPS = 400;
  private static final int BATCH = 2048;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;
  private final double floor;

  private SyntheticRun(Path folder, double floor) {
    this.folder = folder;
    this.floor = floor;
  }

  /** A new run of that name, whose FVU falls to {@code floor}. */
  public static SyntheticRun in(Path root, String name, double floor) throws IOException {
    SyntheticRun run = new SyntheticRun(root.resolve(name), floor);
    Files.createDirectories(run.folder);
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put(
        "provenance",
        new Provenance("blocks.9.hook_resid_post", "SmolLM2", "00", "text", "11", Map.of()));
    fields.put("options", TrainOptions.of(LATENTS, 32, (long) STEPS * BATCH).toMap());
    fields.put("plan", Map.of("steps", STEPS));
    JSON.writeValue(run.folder.resolve("run.json").toFile(), fields);
    return run;
  }

  public Path metrics() {
    return folder.resolve("metrics.jsonl");
  }

  /** Adds lines of these steps, ten apart. */
  public SyntheticRun logged(int from, int to, String... warnings) throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int step = from; step <= to; step += 10) {
      lines.append(JSON.writeValueAsString(line(step, step == to ? List.of(warnings) : List.of())));
      lines.append('\n');
    }
    Files.writeString(metrics(), lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    return this;
  }

  /** Takes out what is beyond a step, as a run does that goes on from a checkpoint. */
  public void backTo(int step) throws IOException {
    List<String> kept = Files.readAllLines(metrics()).subList(0, step / 10);
    Files.writeString(metrics(), String.join("\n", kept) + "\n");
  }

  private Map<String, Object> line(int step, List<String> warnings) {
    double fvu = floor + 0.8 * Math.exp(-step / 60.0);
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("step", step);
    line.put("tokens", step * BATCH);
    line.put("loss", fvu * 0.5);
    line.put("fvu", fvu);
    line.put("l0", 32.0);
    line.put("aux_loss", 0.0);
    line.put("penalty", 0.0);
    line.put("dead", step / 20);
    line.put("learning_rate", 1e-3);
    line.put("gradient_norm", 0.03 + 1.0 / step);
    line.put("rows_per_second", 20_000);
    Map<String, Double> seconds = new LinkedHashMap<>();
    for (String part : List.of("encode", "select", "decode", "gradients", "optimiser", "other")) {
      seconds.put(part, 0.004 * part.length());
    }
    line.put("seconds", seconds);
    int silent = step / 20;
    int low = (LATENTS - silent) / 3;
    int[] counts =
        IntStream.range(0, 24)
            .map(bin -> bin == 14 ? low : bin == 16 + step / 101 ? LATENTS - silent - low : 0)
            .toArray();
    line.put("density", Map.of("rows", 10 * BATCH, "silent", silent, "counts", counts));
    if (!warnings.isEmpty()) {
      line.put("warnings", warnings);
    }
    return line;
  }
}
