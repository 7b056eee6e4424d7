package org.sememe.diffusion.student;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.sememe.diffusion.conditions.Condition;
import org.sememe.diffusion.distillation.DistillationStep;
import org.sememe.diffusion.distillation.FeatureNetwork;
import org.sememe.diffusion.distillation.NoisyPictures;
import org.sememe.diffusion.pictures.PictureSet;
import org.sememe.diffusion.runs.ParameterDigest;
import org.sememe.diffusion.schedule.SchedulerConfig;
import org.sememe.models.unet.PictureFolder;
import org.sememe.models.unet.Tap;
import org.sememe.models.unet.UNet;
import org.sememe.tensors.RandomStream;

/**
 * A network that draws as the one that sees (Latent Adversarial Diffusion Distillation, Sauer et
 * al. 2024): it gets the pictures with noise on them again, and the heads see what each of its
 * attentions gives, or each of its residual blocks where it has none. The embedding is the
 * network's own of the noise level. Real and drawn pictures get the same noise.
 */
final class TeacherFeatures implements HeadFeatures {
  private static final String UNET = "unet";
  private static final String TIME = "time_embedding";
  private static final Pattern ATTENTION = Pattern.compile(".*\\.attentions\\.\\d+\\.out");
  private static final Pattern BLOCK = Pattern.compile(".*\\.resnets\\.\\d+");

  private final UNet network;
  private final NoisyPictures noisy;
  private final Condition condition;
  private final LogitNormal levels;
  private final int together;
  private final SequencedMap<String, Integer> taps = new LinkedHashMap<>();
  private final int width;

  private TeacherFeatures(
      UNet network,
      NoisyPictures noisy,
      DistillationPlan plan,
      PictureSet pictures,
      Condition condition) {
    this.network = network;
    this.noisy = noisy;
    this.condition = condition;
    this.levels = plan.heads().levels();
    this.together = Math.max(1, plan.heads().norms().together());
    SequencedMap<String, Integer> all = new LinkedHashMap<>();
    try (PointerScope scope = new PointerScope();
        AutoGradMode off = new AutoGradMode(false)) {
      Tensor blank =
          torch.zeros(new long[] {1, pictures.channels(), pictures.height(), pictures.width()});
      network.apply(
          blank,
          new double[] {0},
          condition.told(new int[] {0}),
          (name, activation) -> {
            all.put(name, Math.toIntExact(activation.size(1)));
            return activation;
          });
    }
    this.width = all.get(TIME);
    boolean attentive = all.keySet().stream().anyMatch(ATTENTION.asMatchPredicate());
    Predicate<String> seen = (attentive ? ATTENTION : BLOCK).asMatchPredicate();
    all.forEach(
        (name, channels) -> {
          if (seen.test(name)) {
            taps.put(name, channels);
          }
        });
  }

  /** Where a run has a network that draws. */
  static Path network(Path run) {
    return run.resolve(UNET);
  }

  static TeacherFeatures open(
      Path run, DistillationPlan plan, PictureSet pictures, Condition condition)
      throws IOException {
    SchedulerConfig config = SchedulerConfig.read(run);
    UNet network = UNet.open(new PictureFolder(network(run)));
    try {
      condition.requireFit(network.config());
      return new TeacherFeatures(
          network, new NoisyPictures(config.schedule()), plan, pictures, condition);
    } catch (RuntimeException problem) {
      network.close();
      throw problem;
    }
  }

  @Override
  public List<Integer> channels() {
    return List.copyOf(taps.values());
  }

  @Override
  public int width() {
    return width;
  }

  @Override
  public boolean tellsThePicture() {
    return false;
  }

  @Override
  public FeatureNetwork at(DistillationStep.Batch batch, RandomStream random) {
    int[] times = new int[batch.labels().length];
    for (int i = 0; i < times.length; i++) {
      // pictures whose statistics a batch norm takes together are judged at one noise level
      times[i] =
          i % together == 0 ? levels.draw(random, noisy.schedule().timesteps()) : times[i - 1];
    }
    Tensor noise = DistillationBatches.noise(random.stream("noise"), batch.pictures());
    return pictures -> seen(noisy.of(pictures, noise, times), times, batch.labels());
  }

  private FeatureNetwork.Features seen(Tensor noised, int[] times, int[] labels) {
    List<Tensor> found = new ArrayList<>();
    List<Tensor> embedding = new ArrayList<>();
    Tap tap =
        (name, activation) -> {
          if (taps.containsKey(name)) {
            found.add(activation);
          } else if (name.equals(TIME)) {
            embedding.add(activation);
          }
          return activation;
        };
    double[] at = Arrays.stream(times).asDoubleStream().toArray();
    network.apply(noised, at, condition.told(labels), tap);
    return new FeatureNetwork.Features(found, embedding.getFirst());
  }

  @Override
  public String digest() {
    return ParameterDigest.of(network.parameters());
  }

  @Override
  public void close() {
    network.close();
  }
}
