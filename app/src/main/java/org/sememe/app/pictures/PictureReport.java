package org.sememe.app.pictures;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.sememe.app.terminal.Progress;
import org.sememe.models.unet.Tap;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.tensors.TensorMemory;

/**
 * What a dictionary's features are in the pictures of a network, and what leaving each out does.
 *
 * @param network draws
 * @param dictionary of rows of one module; stays the caller's
 * @param hook that module
 * @param seed of all drawings
 */
public record PictureReport(PictureModules network, Dictionary dictionary, String hook, long seed) {
  /** Features and their checks, in order, over all that was drawn. */
  public record Found(
      PictureFeatures seen, ModuleMap shape, SequencedMap<PictureFeature, EditCheck> features) {
    /** A page that stands alone. */
    public String page(String title) {
      String about =
          String.format(
              Locale.ROOT,
              "%d of %,d latents that were active, over %,d drawn pictures. Each shows the pictures"
                  + " with its largest activations (class · activation); the colour is linear from 0"
                  + " to its maximum, and goes when you point at a picture.",
              features.size(),
              seen.used(),
              seen.pictures());
      return PicturePage.of(title, about, seen, shape, features);
    }
  }

  /**
   * Looks at some features.
   *
   * @param count pictures to draw
   * @param latents the features wanted; empty for as many of the largest as {@code most} says
   * @throws IllegalArgumentException for a latent that the dictionary does not have
   */
  public Found look(int count, List<Integer> latents, int most, Progress progress) {
    for (int latent : latents) {
      if (latent < 0 || latent >= dictionary.facts().latents()) {
        throw new IllegalArgumentException(
            "feature "
                + latent
                + ": this dictionary has 0 to "
                + (dictionary.facts().latents() - 1));
      }
    }
    PictureFeatures seen = PictureFeatures.of(network, dictionary, hook, count, seed, progress);
    int some = Math.min(count, PictureModules.BATCH);
    PictureModules.Drawn plain = network.draw(0, some, seed, List.of(hook), Tap.NONE);
    ModuleMap map = plain.maps().get(hook);
    float[] codes = PictureFeatures.encoded(dictionary, map);
    SequencedMap<PictureFeature, EditCheck> found = new LinkedHashMap<>();
    for (int latent : latents.isEmpty() ? seen.largest(most) : latents) {
      found.put(
          seen.feature(latent),
          EditCheck.of(
              network, hook, 0, seed, plain, codes, latent, direction(dictionary, latent)));
    }
    return new Found(seen, map, found);
  }

  /** A latent's decoder row: what one unit of it adds to a reconstruction. */
  static float[] direction(Dictionary dictionary, int latent) {
    try (PointerScope scope = new PointerScope();
        AutoGradMode off = new AutoGradMode(false)) {
      long width = dictionary.facts().output().width();
      float[] unit = new float[Math.toIntExact(dictionary.facts().latents())];
      Tensor x = torch.zeros(1, width);
      Tensor none = dictionary.decode(TensorMemory.floats(unit, 1, unit.length), x);
      unit[latent] = 1;
      return TensorMemory.floats(
          dictionary.decode(TensorMemory.floats(unit, 1, unit.length), x).sub(none).contiguous());
    }
  }
}
