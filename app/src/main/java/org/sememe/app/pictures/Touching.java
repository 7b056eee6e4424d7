package org.sememe.app.pictures;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.sememe.app.studio.PictureSource;
import org.sememe.app.terminal.Progress;
import org.sememe.diffusion.pipeline.Pictures;
import org.sememe.diffusion.pipeline.PixelPipeline;
import org.sememe.models.unet.Tap;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.tensors.TensorMemory;

/**
 * A dictionary in a network that draws: what its features are, and drawings in which they are
 * painted on or off. At a painted position the module's output gets the feature's decoder row times
 * the difference of the wanted activation and the one that it has; all else stays. One thread.
 */
final class Touching {
  private static final int SHOWN = 24;
  private static final int LOOKED_AT = 320;
  private static final int EXAMPLES = 4;
  private static final long SEED = 1;

  private final String network;
  private final Dictionary dictionary;
  private final String hook;
  private final ModuleMap shape;
  private final PictureFeatures seen;
  private final Map<Integer, float[]> directions = new HashMap<>();

  /**
   * Looks at what the features are in pictures of one step.
   *
   * @param network its name on the page
   * @param dictionary stays the caller's
   * @throws IllegalArgumentException if the dictionary is not of rows of one of its modules
   */
  Touching(String network, PixelPipeline pipeline, Dictionary dictionary) {
    PictureModules modules = new PictureModules(pipeline, 1);
    this.network = network;
    this.dictionary = dictionary;
    this.hook = modules.hook(dictionary);
    this.shape = modules.modules().get(hook);
    this.seen = PictureFeatures.of(modules, dictionary, hook, LOOKED_AT, SEED, Progress.NONE);
  }

  /** The largest features, each with the pictures in which it is strongest. */
  PictureSource.Features features() {
    List<PictureSource.Feature> features = new ArrayList<>();
    for (int latent : seen.largest(SHOWN)) {
      PictureFeature feature = seen.feature(latent);
      List<Pictures> examples =
          feature.examples().stream()
              .limit(EXAMPLES)
              .map(example -> seen.picture(example.ordinal()))
              .toList();
      features.add(
          new PictureSource.Feature(
              latent,
              (double) feature.active() / seen.positions(),
              feature.largest(),
              examples.size(),
              DrawingRuns.sheet(Pictures.joined(examples))));
    }
    return new PictureSource.Features(
        network, hook, shape.height(), shape.width(), seen.pictures(), features);
  }

  /** What a drawing with painted features saw. */
  static final class Watch implements Tap {
    private final Touching touching;
    private final List<PictureSource.Touch> touches;
    private final Optional<Integer> latent;
    private final int count;
    private Optional<List<Double>> activations = Optional.empty();

    private Watch(
        Touching touching, List<PictureSource.Touch> touches, Optional<Integer> latent, int count) {
      this.touching = touching;
      this.touches = touches;
      this.latent = latent;
      this.count = count;
    }

    @Override
    public Tensor pass(String name, Tensor output) {
      if (!name.equals(touching.hook)) {
        return output;
      }
      ModuleMap map = ModuleMap.of(output);
      float[] codes = PictureFeatures.encoded(touching.dictionary, map);
      latent.ifPresent(
          watched -> activations = Optional.of(touching.first(map, codes, watched, count)));
      return touches.isEmpty() ? output : output.add(touching.change(map, codes, touches));
    }

    /** The watched latent's activations in the first picture's last step, before the painting. */
    Optional<List<Double>> activations() {
      return activations;
    }
  }

  /**
   * Paints, and watches a latent.
   *
   * @param count pictures that are drawn
   * @throws IllegalArgumentException for a latent or a place that is not there
   */
  Watch watch(List<PictureSource.Touch> touches, Optional<Integer> latent, int count) {
    latent.ifPresent(this::require);
    for (PictureSource.Touch touch : touches) {
      require(touch.latent());
      for (List<Integer> places : List.of(touch.on(), touch.off())) {
        for (int place : places) {
          if (place < 0 || place >= shape.places()) {
            throw new IllegalArgumentException(
                "place " + place + ": there are 0 to " + (shape.places() - 1));
          }
        }
      }
    }
    return new Watch(this, touches, latent, count);
  }

  private void require(int latent) {
    if (latent < 0 || latent >= dictionary.facts().latents()) {
      throw new IllegalArgumentException(
          "feature " + latent + ": there are 0 to " + (dictionary.facts().latents() - 1));
    }
  }

  /** With guidance the pictures' own half is the second. */
  private List<Double> first(ModuleMap map, float[] codes, int latent, int count) {
    int latents = codes.length / (map.samples() * map.places());
    int row = (map.samples() - count) * map.places();
    List<Double> values = new ArrayList<>();
    for (int place = 0; place < map.places(); place++) {
      values.add((double) Math.max(0, codes[(row + place) * latents + latent]));
    }
    return values;
  }

  /** What is added to a module's output, in its shape. */
  private Tensor change(ModuleMap map, float[] codes, List<PictureSource.Touch> touches) {
    int latents = codes.length / (map.samples() * map.places());
    float[] added = new float[map.rows().length];
    for (PictureSource.Touch touch : touches) {
      float[] direction =
          directions.computeIfAbsent(
              touch.latent(), latent -> PictureReport.direction(dictionary, latent));
      float[] wanted = new float[map.places()];
      Arrays.fill(wanted, Float.NaN);
      touch.off().forEach(place -> wanted[place] = 0);
      float strength =
          (float) touch.strength().orElseGet(() -> seen.feature(touch.latent()).largest());
      touch.on().forEach(place -> wanted[place] = strength);
      for (int row = 0; row < map.samples() * map.places(); row++) {
        float target = wanted[row % map.places()];
        if (Float.isNaN(target)) {
          continue;
        }
        float by = target - Math.max(0, codes[row * latents + touch.latent()]);
        for (int c = 0; c < map.channels(); c++) {
          added[row * map.channels() + c] += by * direction[c];
        }
      }
    }
    return TensorMemory.floats(added, map.samples(), map.height(), map.width(), map.channels())
        .permute(0, 3, 1, 2);
  }
}
