package org.sememe.diffusion.teacher;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.diffusion.distillation.NoisyPictures;
import org.sememe.diffusion.distillation.WeightAverage;
import org.sememe.diffusion.pictures.PictureSet;
import org.sememe.models.unet.PictureCondition;
import org.sememe.models.unet.Tap;
import org.sememe.models.unet.UNet;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.safetensors.SafetensorsFile;
import org.sememe.tensors.safetensors.SafetensorsWriter;
import org.sememe.training.optimiser.LearningRate;
import org.sememe.training.optimiser.Optimiser;
import org.sememe.training.optimiser.OptimiserChoice;

/**
 * Trains a teacher: noise is added to pictures at a timestep drawn evenly, and the network learns v
 * (Salimans and Ho 2022) in the mean square. What a step draws follows from the seed and its number
 * alone, so that a continued run goes on to the bit. One thread at a time.
 */
public final class TeacherTraining implements AutoCloseable {
  private static final String CHECKPOINT = "checkpoint.safetensors";
  private static final String STEP = "step";
  private static final String WEIGHT = "weight.";
  private static final String AVERAGE = "average.";
  private static final String OPTIMISER = "optimiser.";

  private final Path run;
  private final TeacherPlan plan;
  private final PictureSet pictures;
  private final NoisyPictures noisy;
  private final UNet net;
  private final Optimiser optimiser = OptimiserChoice.Adam.usual().create();
  private final WeightAverage average;
  private long step;

  /**
   * A run in a folder: where it stopped, if it was begun there.
   *
   * @param run its folder, made if need be
   * @throws FormatException if the folder's checkpoint is of another plan or damaged
   */
  public TeacherTraining(Path run, TeacherPlan plan, PictureSet pictures) throws IOException {
    this.run = run;
    this.plan = plan;
    this.pictures = pictures;
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
    TeacherPlan.Parts parts =
        plan.write(run, pictures.channels(), pictures.height(), pictures.classes());
    this.noisy = new NoisyPictures(parts.scheduler().schedule());
    this.net = new UNet(parts.network(), new NewParameters(plan.seed()));
    net.parameters().values().forEach(parameter -> parameter.set_requires_grad(true));
    this.average = new WeightAverage(net.parameters(), plan.averaging());
    if (Files.exists(run.resolve(CHECKPOINT))) {
      restore();
    }
  }

  /** Steps done. */
  public long step() {
    return step;
  }

  /** One step; gives its loss. */
  public double next() {
    step++;
    RandomStream random = RandomStream.of(plan.seed()).stream("steps").stream(step);
    try (PointerScope scope = new PointerScope();
        AutoGradMode on = new AutoGradMode(true)) {
      int[] chosen = new int[plan.batch()];
      int[] timesteps = new int[plan.batch()];
      long[] labels = new long[plan.batch()];
      double[] times = new double[plan.batch()];
      for (int i = 0; i < plan.batch(); i++) {
        chosen[i] = random.nextInt(pictures.count());
        timesteps[i] = random.nextInt(noisy.schedule().timesteps());
        times[i] = timesteps[i];
        boolean hidden = random.nextDouble() < plan.dropout();
        labels[i] = hidden ? pictures.classes() : pictures.labels()[chosen[i]];
      }
      Tensor clean = pictures.tensor(chosen);
      Tensor noise = TensorMemory.empty(ScalarType.Float, TensorMemory.shape(clean));
      random.fillNormal(TensorMemory.segment(noise), 1);
      Tensor alpha = noisy.alpha(timesteps, clean);
      Tensor sigma = noisy.sigma(timesteps, clean);
      Tensor velocity = alpha.mul(noise).sub(sigma.mul(clean));
      PictureCondition classes =
          PictureCondition.ofClasses(TensorMemory.longs(labels, labels.length));
      Tensor output = net.apply(noisy.of(clean, noise, timesteps), times, classes, Tap.NONE);
      Tensor loss = output.sub(velocity).pow(new Scalar(2.0)).mean();
      update(loss);
      return loss.item_double();
    }
  }

  private void update(Tensor loss) {
    Map<String, Tensor> parameters = net.parameters();
    TensorVector found =
        torch.grad(
            new TensorVector(loss),
            new TensorVector(parameters.values().toArray(Tensor[]::new)),
            new TensorVector(),
            new BoolOptional(false),
            /* create_graph= */ false,
            /* allow_unused= */ false);
    Map<String, Tensor> gradients = new LinkedHashMap<>();
    parameters.keySet().forEach(name -> gradients.put(name, found.get(gradients.size())));
    double rate = plan.rate() * (1 + Math.cos(Math.PI * (step - 1) / plan.steps())) / 2;
    try (AutoGradMode off = new AutoGradMode(false)) {
      optimiser.step(parameters, gradients, LearningRate.of(rate));
    }
    average.add(parameters);
  }

  /** Writes everything that a continued run needs, whole or not at all. */
  public void checkpoint() throws IOException {
    try (PointerScope scope = new PointerScope()) {
      SequencedMap<String, Tensor> all = new LinkedHashMap<>();
      all.put(STEP, TensorMemory.longs(new long[] {step}, 1));
      net.parameters().forEach((name, tensor) -> all.put(WEIGHT + name, tensor.detach()));
      average.averages().forEach((name, tensor) -> all.put(AVERAGE + name, tensor));
      optimiser.state().forEach((name, tensor) -> all.put(OPTIMISER + name, tensor));
      SafetensorsWriter.write(run.resolve(CHECKPOINT), all, Map.of("plan", plan.text()));
    }
  }

  private void restore() throws IOException {
    Path path = run.resolve(CHECKPOINT);
    try (SafetensorsFile file = SafetensorsFile.open(path);
        PointerScope scope = new PointerScope();
        AutoGradMode off = new AutoGradMode(false)) {
      if (!plan.text().equals(file.metadata().get("plan"))) {
        throw new FormatException(
            path,
            0,
            "of another plan, "
                + file.metadata().get("plan")
                + "; give the same options, or another folder");
      }
      Map<String, Tensor> state = new LinkedHashMap<>();
      for (String name : file.names()) {
        Tensor stored = file.tensor(name);
        if (name.equals(STEP)) {
          step = TensorMemory.longs(stored)[0];
        } else if (name.startsWith(WEIGHT)) {
          copy(net.parameters().get(name.substring(WEIGHT.length())), stored);
        } else if (name.startsWith(AVERAGE)) {
          copy(average.averages().get(name.substring(AVERAGE.length())), stored);
        } else if (name.startsWith(OPTIMISER)) {
          state.put(name.substring(OPTIMISER.length()), stored);
        }
      }
      optimiser.restore(state);
    }
  }

  private static void copy(Tensor to, Tensor from) {
    MemorySegment source = TensorMemory.segment(from);
    TensorMemory.segment(to).copyFrom(source);
  }

  /**
   * Writes the averaged weights as diffusers has them, beside the options: a folder to draw with.
   */
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
