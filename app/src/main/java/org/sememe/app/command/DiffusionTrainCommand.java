package org.sememe.app.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.sememe.app.terminal.Progress;
import org.sememe.app.terminal.Terminal;
import org.sememe.app.terminal.Unit;
import org.sememe.diffusion.pictures.IdxPictures;
import org.sememe.diffusion.pictures.PictureSet;
import org.sememe.diffusion.teacher.TeacherPlan;
import org.sememe.diffusion.teacher.TeacherTraining;
import org.sememe.tensors.Torch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Trains a class-conditional diffusion model on pictures with labels. */
@Command(
    name = "train",
    description = {
      "Train a class-conditional diffusion model on pictures with labels. A run that was stopped"
          + " goes on from its last checkpoint when the same command is given again."
    },
    footer = {
      "",
      "Example:",
      "  sememe diffusion train --pictures mnist/data --side 16 --steps 2000 --out runs/mnist"
    })
public final class DiffusionTrainCommand implements Callable<Integer> {
  /** The share of a loss's running mean that a step keeps, for display and result. */
  private static final double SMOOTHING = 0.98;

  @Mixin private CommonOptions common;

  @Option(
      names = "--pictures",
      paramLabel = "DIR",
      required = true,
      description =
          "A folder with train-images-idx3-ubyte and train-labels-idx1-ubyte (MNIST,"
              + " Fashion-MNIST), plain or with .gz.")
  private Path folder;

  @Option(
      names = "--side",
      paramLabel = "PIXELS",
      defaultValue = "16",
      description = "Side to which pictures are shrunk (default: ${DEFAULT-VALUE}).")
  private int side;

  @Option(
      names = "--channels",
      paramLabel = "N",
      split = ",",
      defaultValue = "16,32",
      description = "Channels of each size, the finest first (default: ${DEFAULT-VALUE}).")
  private List<Integer> channels;

  @Option(
      names = "--layers",
      paramLabel = "N",
      defaultValue = "1",
      description = "Residual blocks of a size (default: ${DEFAULT-VALUE}).")
  private int layers;

  @Option(
      names = "--attention-from",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "The size, counted from 0, from which on positions see each other (default:"
              + " ${DEFAULT-VALUE}).")
  private int attentionFrom;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "2000",
      description = "Steps of training (default: ${DEFAULT-VALUE}).")
  private long steps;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "64",
      description = "Pictures a step (default: ${DEFAULT-VALUE}).")
  private int batch;

  @Option(
      names = "--lr",
      paramLabel = "R",
      defaultValue = "2e-3",
      description = "Learning rate at first; it falls to 0 (default: ${DEFAULT-VALUE}).")
  private double rate;

  @Option(
      names = "--averaging",
      paramLabel = "D",
      defaultValue = "0.995",
      description = "Decay of the average of weights that is saved (default: ${DEFAULT-VALUE}).")
  private double averaging;

  @Option(
      names = "--class-dropout",
      paramLabel = "P",
      defaultValue = "0.1",
      description = "Share of pictures whose class is hidden (default: ${DEFAULT-VALUE}).")
  private double dropout;

  @Option(
      names = "--checkpoint-every",
      paramLabel = "STEPS",
      defaultValue = "500",
      description = "Steps between checkpoints (default: ${DEFAULT-VALUE}).")
  private long checkpointEvery;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "The same seed trains the same model (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "The run's folder, which sememe diffusion sample draws with.")
  private Path out;

  @Override
  public Integer call() throws IOException {
    Terminal terminal = common.terminal();
    if (checkpointEvery < 1) {
      throw common.wrong("--checkpoint-every " + checkpointEvery + ": must be at least 1");
    }
    TeacherPlan plan =
        common.checked(
            () ->
                new TeacherPlan(
                    channels, layers, attentionFrom, steps, batch, rate, averaging, dropout, seed));
    Torch.start(common.threads());
    PictureSet pictures = IdxPictures.read(folder, "train").resized(side);
    long start = System.nanoTime();
    try (TeacherTraining training = new TeacherTraining(out, plan, pictures);
        Progress progress = terminal.progress("training", Unit.STEPS, steps)) {
      long before = training.step();
      double loss = Double.NaN;
      while (training.step() < steps) {
        double now = training.next();
        if (!Double.isFinite(now)) {
          throw new IllegalStateException(
              "the loss is " + now + " at step " + training.step() + ": use a smaller --lr");
        }
        loss = Double.isNaN(loss) ? now : SMOOTHING * loss + (1 - SMOOTHING) * now;
        progress.update(training.step(), String.format(Locale.ROOT, "loss %.4f", loss));
        if (training.step() % checkpointEvery == 0 || training.step() == steps) {
          training.checkpoint();
        }
      }
      training.save();
      report(terminal, pictures, training.step() - before, loss, (System.nanoTime() - start) / 1e9);
    }
    return 0;
  }

  private void report(
      Terminal terminal, PictureSet pictures, long done, double loss, double seconds) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("run", out.toAbsolutePath().normalize().toString());
    fields.put("pictures", pictures.count());
    fields.put("classes", pictures.classes());
    fields.put("side", side);
    fields.put("steps", steps);
    fields.put("steps_done", done);
    if (done > 0) { // a run that was whole already has no loss to tell
      fields.put("loss", loss);
    }
    fields.put("seconds", seconds);
    fields.put("pictures_per_s", done * batch / seconds);
    terminal.say(
        done == 0
            ? out + ": was trained already"
            : String.format(
                Locale.ROOT,
                "%s: %,d pictures of %d classes, %,d steps in %.0f s, loss %.4f",
                out,
                pictures.count(),
                pictures.classes(),
                done,
                seconds,
                loss));
    terminal.result(fields);
  }
}
