package org.sememe.app.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sememe.app.Main;
import org.sememe.app.bench.StartupBench;
import org.sememe.models.testing.SeededText;
import org.sememe.models.testing.TinyModel;
import org.sememe.models.text.Document;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.Sha256;

/**
 * The command is killed (SIGKILL) at random moments, from its start to its end, and gone on with.
 * {@code -Dsememe.kills=20} says how often; without it one of the jobs is killed twice.
 */
class KilledTest {
  private static final Optional<Integer> ASKED =
      Optional.ofNullable(Integer.getInteger("sememe.kills"));

  private static final int KILLS = ASKED.orElse(2);
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path folder;
  private static Path model;
  private static Path text;

  @BeforeAll
  static void write() throws IOException {
    model = TinyModel.write(folder.resolve("model"), 5);
    text = Files.createDirectories(folder.resolve("text"));
    try (Stream<Document> documents = new SeededText(1, 60, 200).documents()) {
      for (Document document : documents.toList()) {
        Files.writeString(text.resolve(document.name() + ".txt"), document.text());
      }
    }
  }

  /** What is killed. */
  enum Job {
    /** A process that trains one dictionary. */
    ONE("--hook", "blocks.1.hook_mlp_out"),
    /** A process that trains three on one pass. */
    MANY("--hooks", "blocks.*.hook_mlp_out"),
    /** One of two ranks that share out the rows of a batch. */
    ROWS("--hook", "blocks.1.hook_mlp_out", "--nproc", "2", "--shard", "rows"),
    /** One of two ranks that share out the latents. */
    LATENTS("--hook", "blocks.1.hook_mlp_out", "--nproc", "2", "--shard", "latents"),
    /** One of two ranks that share out three dictionaries. */
    HOOKS("--hooks", "blocks.*.hook_mlp_out", "--nproc", "2");

    private final List<String> options;

    Job(String... options) {
      this.options = List.of(options);
    }

    private boolean ranks() {
      return options.contains("--nproc");
    }

    private List<String> command(Path out) {
      List<String> command = new ArrayList<>(StartupBench.likeThisOne(Main.class));
      if (Files.exists(out.resolve("run.json")) || Files.exists(out.resolve("sweep.json"))) {
        command.addAll(List.of("resume", out.toString()));
        if (ranks()) {
          command.addAll(options.subList(2, options.size()));
        }
      } else {
        command.addAll(List.of("train", model.toString(), "--text", text.toString()));
        command.addAll(options);
        command.addAll(
            List.of("--context-length", "32", "--pool", "16", "--latents", "64", "--k", "4"));
        command.addAll(List.of("--batch", "64", "--tokens", "12800", "--checkpoint-every", "20"));
        command.addAll(List.of("--set", "sample-rows=256", "--set", "log-every=1"));
        command.addAll(List.of("--out", out.toString()));
      }
      command.addAll(List.of("--threads", "1", "--eval-contexts", "0"));
      return command;
    }

    private Process start(Path out, Path log) throws IOException {
      return new ProcessBuilder(command(out))
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
          .start();
    }

    /** What dies: the process itself, or one of its ranks if they are there already. */
    private ProcessHandle victim(Process process, RandomStream random) {
      List<ProcessHandle> ranks = process.children().toList();
      return !ranks() || ranks.isEmpty()
          ? process.toHandle()
          : ranks.get(random.nextInt(ranks.size()));
    }
  }

  @ParameterizedTest
  @EnumSource(Job.class)
  void whatIsKilledEndsAsIfNothingHadHappened(Job job) throws Exception {
    assumeTrue(ASKED.isPresent() || job == Job.MANY, "a long test: -Dsememe.kills=20 runs it");
    Path whole = folder.resolve(job + "-whole");
    long began = System.nanoTime();
    finish(job, whole);
    double seconds = (System.nanoTime() - began) / 1e9;
    Map<String, String> expected = left(whole);
    assertThat(expected).hasSizeGreaterThanOrEqualTo(2);

    long seed = System.nanoTime();
    RandomStream random = RandomStream.of(seed);
    List<String> told = new ArrayList<>();
    int kills = 0;
    for (int round = 0; kills < KILLS; round++) {
      Path run = folder.resolve(job + "-killed-" + round);
      boolean finished = false;
      while (!finished && kills < KILLS) {
        Map<String, Long> before = acknowledged(run);
        Process process = job.start(run, log(run));
        double moment = random.nextDouble() * seconds;
        finished =
            process.waitFor((long) (1000 * moment), TimeUnit.MILLISECONDS)
                || !killed(job, process, random);
        if (finished) {
          assertThat(process.exitValue()).as(said(run)).isZero();
        } else {
          kills++;
          Map<String, Long> after = acknowledged(run);
          before.forEach(
              (name, step) ->
                  assertThat(after.get(name))
                      .as("checkpoints of %s", name)
                      .isNotNull()
                      .isGreaterThanOrEqualTo(step));
          told.add(String.format(Locale.ROOT, "%.1f s %s", moment, after.values()));
        }
      }
      finish(job, run);
      assertThat(left(run)).as("seed %d", seed).isEqualTo(expected);
    }
    System.out.printf(
        "%s: killed %d times in runs of %.1f s, seed %d; moments and newest checkpoints: %s%n",
        job, kills, seconds, seed, told);
  }

  /**
   * Whether a kill ended the job: a rank that has done its part and is about to end is not missed.
   */
  private static boolean killed(Job job, Process process, RandomStream random) throws Exception {
    List<ProcessHandle> all = process.descendants().toList();
    ProcessHandle victim = job.victim(process, random);
    victim.destroyForcibly();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("the job ends on all ranks").isTrue();
    for (ProcessHandle each : all) {
      each.onExit().get(60, TimeUnit.SECONDS);
    }
    return process.exitValue() != 0;
  }

  private static void finish(Job job, Path run) throws Exception {
    Process process = job.start(run, log(run));
    assertThat(process.waitFor(120, TimeUnit.SECONDS)).as(said(run)).isTrue();
    assertThat(process.exitValue()).as(said(run)).isZero();
  }

  private static Path log(Path run) {
    return run.resolveSibling(run.getFileName() + ".log");
  }

  private static String said(Path run) throws IOException {
    return Files.exists(log(run)) ? Files.readString(log(run)) : "";
  }

  private static List<Path> files(Path run, String end) throws IOException {
    if (!Files.isDirectory(run)) {
      return List.of();
    }
    try (Stream<Path> all = Files.walk(run)) {
      return all.filter(file -> file.toString().endsWith(end)).sorted().toList();
    }
  }

  /** The step of the newest checkpoint that is whole, by the run's folder. */
  private static Map<String, Long> acknowledged(Path root) throws IOException {
    Map<String, Long> steps = new TreeMap<>();
    for (Path file : files(root, ".sha256")) {
      String name = file.getFileName().toString();
      long step = Long.parseLong(name.substring("step-".length(), name.indexOf('.')));
      steps.merge(root.relativize(file.getParent()).toString(), step, Math::max);
    }
    return steps;
  }

  /** What a run leaves: the hashes of weights and settings, and of all figures but times. */
  private static Map<String, String> left(Path root) throws IOException {
    Map<String, String> left = new TreeMap<>();
    for (Path file : files(root, "sae_weights.safetensors")) {
      left.put(root.relativize(file).toString(), Sha256.of(file));
    }
    for (Path file : files(root, "metrics.jsonl")) {
      StringBuilder figures = new StringBuilder();
      for (String line : Files.readAllLines(file)) {
        ObjectNode step = (ObjectNode) JSON.readTree(line);
        step.remove(List.of("rows_per_second", "seconds", "warnings"));
        figures.append(step).append('\n');
      }
      left.put(root.relativize(file).toString(), figures.toString());
    }
    return left;
  }
}
