package org.sememe.app.stages;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.sememe.app.terminal.Terminal;
import org.sememe.diffusion.conditions.Condition;
import org.sememe.diffusion.features.Contrast;
import org.sememe.diffusion.features.EncoderPlan;
import org.sememe.diffusion.features.EncoderTraining;
import org.sememe.diffusion.features.PictureEncoder;
import org.sememe.diffusion.metrics.Spread;
import org.sememe.diffusion.pictures.PictureSet;
import org.sememe.diffusion.pipeline.PixelPipeline;
import org.sememe.diffusion.student.Ablation;
import org.sememe.diffusion.student.Distillation;
import org.sememe.tensors.AtomicFile;

/**
 * Trains and measures the rows of the table of ablations, one run after the other, each in a folder
 * of its own: what is done is not done again. {@code ablation.csv} holds what is measured so far.
 *
 * @param terminal where progress is shown
 * @param out the table's folder
 * @param quality measures one-step pictures
 */
public record AblationStage(Terminal terminal, Path out, PictureQualityStage quality) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String MEASURED = "quality.json";
  private static final long CHECKPOINT_EVERY = 200;

  /**
   * What all rows share.
   *
   * @param condition what networks are told of the pictures
   * @param teacher its folder
   * @param features the feature network's
   */
  public record Parts(PictureSet train, Condition condition, Path teacher, Path features) {}

  /** A row with a seed, and what was measured. */
  private record Line(Ablation row, long seed, Map<String, Object> measured) {}

  /**
   * Trains and measures what is missing.
   *
   * @return the rows' results in order, or nothing after Ctrl-C
   */
  public Optional<List<Map<String, Object>>> run(
      PictureQualityStage.Bench bench, Parts parts, List<Ablation> rows, int seeds)
      throws IOException {
    List<Line> lines = new ArrayList<>();
    for (int i = 0; i < seeds; i++) {
      for (Ablation row : rows) {
        long seed = row.plan().seed() + i;
        Path run = out.resolve(row.name() + "-seed" + seed);
        if (!Files.exists(run.resolve(MEASURED)) && !measure(bench, parts, row, seed)) {
          return Optional.empty();
        }
        lines.add(
            new Line(
                row,
                seed,
                JSON.readValue(
                    Files.readAllBytes(run.resolve(MEASURED)), new TypeReference<>() {})));
        write(lines);
      }
    }
    table(rows, lines);
    return Optional.of(lines.stream().map(AblationStage::cells).toList());
  }

  private Path untrained(Parts parts) throws IOException {
    Path folder = out.resolve("untrained-features");
    List<Integer> channels;
    try (PictureEncoder trained = PictureEncoder.open(parts.features)) {
      channels = trained.shape().channels();
    }
    EncoderPlan plan = new EncoderPlan(channels, 0, 2, 1, 0);
    try (EncoderTraining beginning =
        new EncoderTraining(folder, plan, parts.train, Contrast::new)) {
      beginning.save();
    }
    return folder;
  }

  private boolean measure(PictureQualityStage.Bench bench, Parts parts, Ablation row, long seed)
      throws IOException {
    Path run = out.resolve(row.name() + "-seed" + seed);
    Path features =
        switch (row.features()) {
          case TRAINED -> parts.features;
          case UNTRAINED -> untrained(parts);
          case TEACHER -> parts.teacher;
        };
    PictureTrainingStage.Trained trained =
        new PictureTrainingStage(terminal, run, row.plan().steps(), CHECKPOINT_EVERY)
            .train(
                row.name(),
                () ->
                    new Distillation(
                        run,
                        row.plan().withSeed(seed),
                        parts.train,
                        parts.condition,
                        parts.teacher,
                        features));
    if (!trained.finished()) {
      return false;
    }
    try (PixelPipeline student = PixelPipeline.open(run, "")) {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("pictures", quality.count());
      fields.putAll(quality.measure(bench, row.name(), student, 1).fields());
      byte[] text = JSON.writeValueAsBytes(fields);
      AtomicFile.write(run.resolve(MEASURED), stream -> stream.write(text));
    }
    return true;
  }

  private static Map<String, Object> cells(Line line) {
    Map<String, Object> cells = new LinkedHashMap<>();
    cells.put("study", line.row.study());
    cells.put("setting", line.row.setting());
    cells.put("seed", line.seed);
    cells.put("training_steps", line.row.plan().steps());
    cells.putAll(line.measured);
    cells.remove("name");
    return cells;
  }

  private void write(List<Line> lines) throws IOException {
    StringBuilder text =
        new StringBuilder(String.join(",", cells(lines.getFirst()).keySet())).append('\n');
    for (Line line : lines) {
      text.append(
              cells(line).values().stream().map(String::valueOf).collect(Collectors.joining(",")))
          .append('\n');
    }
    byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
    AtomicFile.write(out.resolve("ablation.csv"), stream -> stream.write(bytes));
  }

  private void table(List<Ablation> rows, List<Line> lines) {
    terminal.say("%-14s %-13s %20s %8s %10s".formatted("", "", "FID", "recall", "consistent"));
    for (Ablation row : rows) {
      List<Line> own = lines.stream().filter(line -> line.row.equals(row)).toList();
      Spread frechet = spread(own, "fid");
      terminal.say(
          String.format(
              Locale.ROOT,
              "%-14s %-13s %9.3f %10s %8.3f %8.1f %%",
              row.study(),
              row.setting(),
              frechet.mean(),
              frechet.sampleDeviation().isPresent()
                  ? String.format(Locale.ROOT, "sd %.3f", frechet.sampleDeviation().getAsDouble())
                  : "",
              spread(own, "recall").mean(),
              100 * spread(own, "consistency").mean()));
    }
  }

  private static Spread spread(List<Line> lines, String name) {
    return Spread.of(
        lines.stream()
            .mapToDouble(line -> ((Number) line.measured.get(name)).doubleValue())
            .toArray());
  }
}
