package org.sememe.diffusion.teacher;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.diffusion.conditions.ClassLabels;
import org.sememe.diffusion.conditions.Condition;
import org.sememe.diffusion.distillation.NoisyPictures;
import org.sememe.diffusion.distillation.WeightAverage;
import org.sememe.diffusion.pictures.PictureSet;
import org.sememe.diffusion.runs.Gradients;
import org.sememe.diffusion.runs.NewParameters;
import org.sememe.diffusion.runs.PictureTraining;
import org.sememe.diffusion.runs.RunCheckpoint;
import org.sememe.models.unet.Tap;
import org.sememe.models.unet.UNet;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.safetensors.SafetensorsWriter;
import org.sememe.training.optimiser.Optimiser;
import org.sememe.training.optimiser.OptimiserChoice;

/**
 * Trains a teacher: noise is added to pictures at a timestep drawn evenly, and the network learns v
 * (Salimans and Ho 2022) in the mean square. What a step draws follows from the seed and its number
 * alone, so that a continued run goes on to the bit. One thread at a time.
 */
public final class TeacherTraining implements PictureTraining {

  private final Path run;
  private final TeacherPlan plan;
  private final PictureSet pictures;
  private final Condition condition;
  private final NoisyPictures noisy;
  private final UNet net;
  private final Optimiser optimiser = OptimiserChoice.Adam.usual().create();
  private final WeightAverage average;
  private final RunCheckpoint checkpoint;
  private long step;

  /** A run that is told the pictures' classes. */
  public TeacherTraining(Path run, TeacherPlan plan, PictureSet pictures) throws IOException {
    this(run, plan, pictures, new ClassLabels(pictures));
  }

  /**
   * A run in a folder: where it stopped, if it was begun there.
   *
   * @param run its folder, made if need be
   * @param condition what the network is told of the pictures
   * @throws FormatException if the folder's checkpoint is of another plan or damaged
   */
  public TeacherTraining(Path run, TeacherPlan plan, PictureSet pictures, Condition condition)
      throws IOException {
    this.run = run;
    this.plan = plan;
    this.pictures = pictures;
    this.condition = condition;
    if (pictures.height() != pictures.width()) {
      throw new IllegalArgumentException(
          "pictures of " + pictures.height() + " x " + pictures.width() + " are not square");
    }
    int halvings = plan.channels().size() - 1;
    if (pictures.height() % (1 << halvings) != 0) {
      throw new IllegalArgumentException(
          "pictures of %d x %d do not halve evenly %d times"
              .formatted(pictures.height(), pictures.width(), halvings));
    }
    TeacherPlan.Parts parts = plan.write(run, pictures.channels(), pictures.height(), condition);
    condition.write(run);
    this.noisy = new NoisyPictures(parts.scheduler().schedule());
    this.net = new UNet(parts.network(), new NewParameters(plan.seed()));
    net.parameters().values().forEach(parameter -> parameter.set_requires_grad(true));
    this.average = new WeightAverage(net.parameters(), plan.averaging());
    this.checkpoint =
        new RunCheckpoint(run, plan.text() + condition.text())
            .tensors("weight", net.parameters())
            .tensors("average", average.averages())
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
      int[] timesteps = new int[plan.batch()];
      int[] subjects = new int[plan.batch()];
      double[] times = new double[plan.batch()];
      for (int i = 0; i < plan.batch(); i++) {
        chosen[i] = random.nextInt(pictures.count());
        timesteps[i] = random.nextInt(noisy.schedule().timesteps());
        times[i] = timesteps[i];
        boolean hidden = random.nextDouble() < plan.dropout();
        subjects[i] = hidden ? condition.none() : condition.of(chosen[i]);
      }
      Tensor clean = pictures.tensor(chosen);
      Tensor noise = TensorMemory.empty(ScalarType.Float, TensorMemory.shape(clean));
      random.fillNormal(TensorMemory.segment(noise), 1);
      Tensor alpha = noisy.alpha(timesteps, clean);
      Tensor sigma = noisy.sigma(timesteps, clean);
      Tensor velocity = alpha.mul(noise).sub(sigma.mul(clean));
      Tensor output =
          net.apply(noisy.of(clean, noise, timesteps), times, condition.told(subjects), Tap.NONE);
      Tensor loss = output.sub(velocity).pow(new Scalar(2.0)).mean();
      Gradients.descend(
          optimiser, net.parameters(), loss, Gradients.cosine(plan.rate(), step, plan.steps()));
      average.add(net.parameters());
      return Map.of("loss", loss.item_double());
    }
  }

  @Override
  public void checkpoint() throws IOException {
    checkpoint.write(step);
  }

  /**
   * Writes the averaged weights as diffusers has them, beside the options: a folder to draw with.
   */
  @Override
  public void save() throws IOException {
    SafetensorsWriter.write(
        run.resolve("unet/diffusion_pytorch_model.safetensors"),
        new LinkedHashMap<>(average.averages()),
        Map.of("format", "pt"));
  }

  @Override
  public void close() {
    optimiser.close();
    average.close();
    net.close();
  }
}
