package org.sememe.models.unet;

import static org.bytedeco.pytorch.global.torch.cat;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.sememe.models.blocks.ModelFolder;
import org.sememe.models.blocks.WeightReader;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.TensorSource;

/**
 * A U-Net that predicts noise, velocity or the clean picture of a noisy one (Ronneberger et al.
 * 2015; Ho et al. 2020; Rombach et al. 2022), with diffusers' parameters. Owns its parameters; runs
 * are recorded for differentiation where a parameter or an input requires a gradient. Several
 * threads may run at once while nobody changes parameters.
 */
public final class UNet implements AutoCloseable {
  private final UNetConfig config;
  private final SequencedMap<String, Tensor> parameters = ParameterSource.record();
  private final Sinusoids timeSinusoids;
  private final Embedder timeEmbedding;
  private final Optional<Tensor> classEmbedding;
  private final Optional<Embedder> sentenceEmbedding;
  private final Optional<Embedder> addedEmbedding;
  private final Convolution in;
  private final List<Level> down = new ArrayList<>();
  private final ResidualBlock middle0;
  private final Optional<Mixing> middleMixing;
  private final ResidualBlock middle1;
  private final List<Level> up = new ArrayList<>();
  private final GroupNorm outNorm;
  private final Convolution out;

  /**
   * A network whose parameters come from {@code source} and are its own from here on.
   *
   * @throws IllegalArgumentException for options that do not fit each other
   */
  public UNet(UNetConfig config, ParameterSource source) throws IOException {
    this.config = config;
    ParameterSource all = source.recording(parameters);
    int finest = config.levels().getFirst().channels();
    int coarsest = config.levels().getLast().channels();
    int embedding = config.time().width();
    var style =
        new ResidualBlock.Style(config.groups(), config.eps(), embedding, config.scaleShift(), 1);
    this.in = Convolution.same(all, "conv_in", config.in(), finest, 3);
    this.timeSinusoids = new Sinusoids(finest, config.time().cosinesFirst(), config.time().shift());
    this.timeEmbedding = Embedder.of(all, "time_embedding", finest, embedding);
    UNetConfig.Condition condition = config.condition();
    this.classEmbedding =
        condition.classes().isEmpty()
            ? Optional.empty()
            : Optional.of(
                all.parameter("class_embedding.weight", condition.classes().getAsInt(), embedding));
    this.sentenceEmbedding =
        condition.sentence().isEmpty()
            ? Optional.empty()
            : Optional.of(
                Embedder.of(all, "class_embedding", condition.sentence().getAsInt(), embedding));
    this.addedEmbedding =
        condition.sizes().isEmpty()
            ? Optional.empty()
            : Optional.of(Embedder.of(all, "add_embedding", condition.pooledWidth(), embedding));
    for (int level = 0; level < config.levels().size(); level++) {
      down.add(Level.down(all, config, level, style));
    }
    var middleStyle = style.withDivisor(config.middleDivisor());
    this.middle0 =
        ResidualBlock.of(
            all, "mid_block.resnets.0", coarsest, coarsest, middleStyle, ResidualBlock.Size.SAME);
    this.middleMixing =
        Level.mixing(
            all,
            "mid_block.attentions.0",
            config.middle(),
            coarsest,
            config,
            config.middleDivisor());
    this.middle1 =
        ResidualBlock.of(
            all, "mid_block.resnets.1", coarsest, coarsest, middleStyle, ResidualBlock.Size.SAME);
    for (int level = config.levels().size() - 1; level >= 0; level--) {
      up.add(Level.up(all, config, level, style));
    }
    this.outNorm = GroupNorm.of(all, "conv_norm_out", finest, config.groups(), config.eps());
    this.out = Convolution.same(all, "conv_out", finest, config.out(), 3);
  }

  /**
   * Opens a folder of diffusers: {@code config.json} beside the weights.
   *
   * @throws FormatException if it is damaged, or of a kind not known
   */
  public static UNet open(PictureFolder folder) throws IOException {
    UNetConfig config = UNetConfig.read(new ModelFolder(folder.path()).config());
    try (TensorSource file = folder.weights()) {
      WeightReader reader = ParameterSource.reader(file);
      try {
        return new UNet(config, ParameterSource.of(reader));
      } catch (IllegalArgumentException problem) {
        reader.discard();
        throw new FormatException(folder.path(), 0, problem.getMessage());
      } catch (IOException | RuntimeException problem) {
        reader.discard();
        throw problem;
      }
    }
  }

  /** Its shape. */
  public UNetConfig config() {
    return config;
  }

  /** Its parameters by diffusers' names, in a fixed order; the network's own. */
  public SequencedMap<String, Tensor> parameters() {
    return Collections.unmodifiableSequencedMap(parameters);
  }

  /**
   * What it predicts, {@code [samples, out, height, width]}, in the caller's scope.
   *
   * @param picture fp32 {@code [samples, in, height, width]}
   * @param timesteps one for all samples, or one each; may be fractional
   * @param condition all that the network's options name
   * @throws IllegalArgumentException for another shape or a condition that is missing
   */
  public Tensor apply(Tensor picture, double[] timesteps, PictureCondition condition, Tap tap) {
    requireFit(picture, timesteps);
    Tensor embedding = embedding(timesteps, picture.size(0), condition, tap);
    Tensor centred = config.centred() ? picture.mul(new Scalar(2.0)).sub(new Scalar(1.0)) : picture;
    Tensor x = tap.pass("conv_in", in.apply(centred));
    Deque<Tensor> skips = new ArrayDeque<>();
    skips.push(x);
    for (Level level : down) {
      int skip = 0;
      for (int i = 0; i < level.blocks().size(); i++) {
        x = level.layer(i, x, embedding, condition.text(), tap);
        skips.push(tap.pass(level.path() + ".skip." + skip++, x));
      }
      if (level.resampling().isPresent()) {
        x = level.resample(x, embedding, 0, 0);
        x = tap.pass(level.path(), x);
        skips.push(tap.pass(level.path() + ".skip." + skip, x));
      } else {
        x = tap.pass(level.path(), x);
      }
    }
    x = middle(x, embedding, condition, tap);
    for (Level level : up) {
      for (int i = 0; i < level.blocks().size(); i++) {
        x = level.layer(i, joined(x, skips.pop()), embedding, condition.text(), tap);
      }
      if (level.resampling().isPresent()) {
        Tensor next = skips.element();
        x = level.resample(x, embedding, next.size(2), next.size(3));
      }
      x = tap.pass(level.path(), x);
    }
    x = tap.pass("conv_norm_out", outNorm.apply(x));
    return tap.pass("conv_out", out.apply(torch.silu(x)));
  }

  private Tensor middle(Tensor x, Tensor embedding, PictureCondition condition, Tap tap) {
    Tensor h = tap.pass("mid_block.resnets.0", Scratch.keep(() -> middle0.apply(x, embedding)));
    if (middleMixing.isPresent()) {
      Tensor before = tap.pass("mid_block.attentions.0.in", h);
      Mixing mixing = middleMixing.get();
      h =
          tap.pass(
              "mid_block.attentions.0.out",
              Scratch.keep(() -> mixing.apply(before, condition.text())));
    }
    Tensor mixed = h;
    h = tap.pass("mid_block.resnets.1", Scratch.keep(() -> middle1.apply(mixed, embedding)));
    return tap.pass("mid_block", h);
  }

  private Tensor embedding(double[] timesteps, long samples, PictureCondition condition, Tap tap) {
    double[] times = timesteps;
    if (times.length == 1) {
      times = new double[Math.toIntExact(samples)];
      Arrays.fill(times, timesteps[0]);
    }
    Tensor sinusoids = tap.pass("time_proj", timeSinusoids.of(times));
    Tensor embedding = tap.pass("time_embedding", timeEmbedding.apply(sinusoids));
    if (classEmbedding.isPresent()) {
      Tensor classes =
          condition
              .classes()
              .orElseThrow(() -> new IllegalArgumentException("this network needs classes"));
      Tensor rows = torch.embedding(classEmbedding.get(), classes);
      embedding = embedding.add(tap.pass("class_embedding", rows));
    }
    if (sentenceEmbedding.isPresent()) {
      Tensor sentences =
          condition
              .sentence()
              .orElseThrow(() -> new IllegalArgumentException("this network needs sentences"));
      Tensor rows = sentenceEmbedding.get().apply(sentences);
      embedding = embedding.add(tap.pass("class_embedding", rows));
    }
    if (addedEmbedding.isPresent()) {
      PictureCondition.Pooled pooled =
          condition
              .pooled()
              .orElseThrow(
                  () -> new IllegalArgumentException("this network needs a pooled text and sizes"));
      embedding = embedding.add(added(pooled, samples, tap));
    }
    return embedding;
  }

  private Tensor added(PictureCondition.Pooled pooled, long samples, Tap tap) {
    var time = config.time();
    int width = config.condition().sizes().orElseThrow();
    Tensor sizes =
        tap.pass(
            "add_time_proj",
            new Sinusoids(width, time.cosinesFirst(), time.shift()).of(pooled.sizes()));
    Tensor joined = cat(new TensorVector(pooled.text(), sizes.reshape(samples, -1)), 1);
    return tap.pass("add_embedding", addedEmbedding.orElseThrow().apply(joined));
  }

  private static Tensor joined(Tensor x, Tensor skip) {
    if (x.size(2) != skip.size(2) || x.size(3) != skip.size(3)) {
      throw new IllegalArgumentException(
          "a picture whose size does not halve evenly at every level of this network");
    }
    return cat(new TensorVector(x, skip), 1);
  }

  private void requireFit(Tensor picture, double[] timesteps) {
    long[] shape = TensorMemory.shape(picture);
    if (shape.length != 4 || shape[1] != config.in()) {
      throw new IllegalArgumentException(
          "pictures are "
              + Arrays.toString(shape)
              + ", this network needs [samples, "
              + config.in()
              + ", height, width]");
    }
    if (timesteps.length != 1 && timesteps.length != shape[0]) {
      throw new IllegalArgumentException(
          timesteps.length + " timesteps for " + shape[0] + " pictures");
    }
  }

  @Override
  public void close() {
    parameters.values().forEach(Tensor::close);
    parameters.clear();
  }
}
