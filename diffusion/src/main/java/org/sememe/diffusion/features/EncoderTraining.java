package org.sememe.diffusion.features;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.Tensor;
import org.sememe.diffusion.pictures.PictureSet;
import org.sememe.diffusion.runs.Gradients;
import org.sememe.diffusion.runs.NewParameters;
import org.sememe.diffusion.runs.PictureTraining;
import org.sememe.diffusion.runs.RunCheckpoint;
import org.sememe.models.unet.ParameterSource;
import org.sememe.tensors.RandomStream;
import org.sememe.training.optimiser.Optimiser;
import org.sememe.training.optimiser.OptimiserChoice;

/**
 * Trains a {@link PictureEncoder} for an objective. What a step draws follows from the seed and its
 * number alone, so that a continued run goes on to the bit.
 */
public final class EncoderTraining implements PictureTraining {
  private final Path run;
  private final EncoderPlan plan;
  private final PictureSet pictures;
  private final PictureEncoder encoder;
  private final Objective objective;
  private final SequencedMap<String, Tensor> learning = new LinkedHashMap<>();
  private final Optimiser optimiser = OptimiserChoice.Adam.usual().create();
  private final RunCheckpoint checkpoint;
  private long step;

  /** An objective over embeddings of a width, with the parameters of a source. */
  @FunctionalInterface
  public interface Aim {
    Objective of(int width, ParameterSource source) throws IOException;
  }

  /**
   * A run in a folder: where it stopped, if it was begun there.
   *
   * @param run its folder, made if need be
   * @throws org.sememe.tensors.FormatException if the folder's checkpoint is of another plan or
   *     damaged
   */
  public EncoderTraining(Path run, EncoderPlan plan, PictureSet pictures, Aim aim)
      throws IOException {
    this.run = Files.createDirectories(run);
    this.plan = plan;
    this.pictures = pictures;
    NewParameters beginning = new NewParameters(plan.seed());
    this.encoder =
        new PictureEncoder(
            new PictureEncoder.Shape(pictures.channels(), plan.channels()), beginning);
    this.objective = aim.of(encoder.shape().width(), beginning.below("objective"));
    learning.putAll(encoder.parameters());
    learning.putAll(objective.parameters());
    learning.values().forEach(parameter -> parameter.set_requires_grad(true));
    String pixels = pictures.channels() + " x " + pictures.height() + " x " + pictures.width();
    this.checkpoint =
        new RunCheckpoint(run, plan + " " + objective.getClass().getSimpleName() + " " + pixels)
            .tensors("weight", learning)
            .optimiser("optimiser", optimiser);
    this.step = checkpoint.restoreOr(this::close);
  }

  @Override
  public long step() {
    return step;
  }

  @Override
  public Map<String, Double> next() {
    step++;
    RandomStream random = RandomStream.of(plan.seed()).stream("steps").stream(step);
    try (PointerScope scope = new PointerScope();
        AutoGradMode on = new AutoGradMode(true)) {
      int[] chosen = new int[plan.batch()];
      int[] labels = new int[plan.batch()];
      for (int i = 0; i < chosen.length; i++) {
        chosen[i] = random.nextInt(pictures.count());
        labels[i] = pictures.labels()[chosen[i]];
      }
      Tensor loss =
          objective.loss(encoder, pictures.tensor(chosen), labels, random.stream("views"));
      Gradients.descend(
          optimiser, learning, loss, Gradients.cosine(plan.rate(), step, plan.steps()));
      return Map.of("loss", loss.item_double());
    }
  }

  @Override
  public void checkpoint() throws IOException {
    checkpoint.write(step);
  }

  @Override
  public void save() throws IOException {
    encoder.save(run, objective.kept());
  }

  @Override
  public void close() {
    optimiser.close();
    objective.close();
    encoder.close();
  }
}
