package org.sememe.app.inputs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.sememe.analysis.index.FeatureIndex;
import org.sememe.analysis.steering.Steer;
import org.sememe.analysis.steering.Steerer;
import org.sememe.analysis.steering.Steering;
import org.sememe.analysis.steering.SteeringView;
import org.sememe.models.LanguageModel;
import org.sememe.sae.Sae;

/**
 * A model, a dictionary of it, and a steering that fits both. Owns all; closed at once.
 *
 * @param folder where the dictionary lies
 * @param steering complete: it names model, dictionary and hook point, and has the scales that its
 *     strengths count in
 */
public record SteeredModel(
    LanguageModel model, DictionaryFolder folder, Sae sae, Steerer steerer, Steering steering)
    implements AutoCloseable {
  /**
   * Opens both.
   *
   * @param modelSpec the model (default: the steering's, else that of the dictionary's run)
   * @param dictionarySpec the dictionary (default: the steering's)
   * @throws IOException if one is not named or not there
   * @throws IllegalArgumentException if the steering does not fit
   */
  public static SteeredModel open(
      ModelOpener opener,
      Optional<String> modelSpec,
      Optional<String> dictionarySpec,
      Steering steering)
      throws IOException {
    String dictionary =
        dictionarySpec
            .or(() -> named(steering.dictionary()))
            .orElseThrow(() -> new IOException("the steering names no dictionary: give one"));
    DictionaryFolder folder = DictionaryFolder.of(dictionary, opener);
    String model =
        modelSpec
            .or(() -> named(steering.model()))
            .or(folder::model)
            .orElseThrow(
                () -> new IOException(dictionary + ": its run names no model: give --model"));
    Steering scaled = scaled(folder, steering);
    LanguageModel opened = opener.open(model);
    try {
      Sae sae = folder.load(opener.threads());
      try {
        Steerer steerer = new Steerer(opened, opened.tokenizer(), sae);
        return new SteeredModel(
            opened,
            folder,
            sae,
            steerer,
            scaled.naming(
                model,
                absolute(dictionary),
                scaled.hook().isEmpty() ? sae.config().hook() : scaled.hook()));
      } catch (Throwable problem) {
        sae.close();
        throw problem;
      }
    } catch (Throwable problem) {
      opened.close();
      throw problem;
    }
  }

  private static Optional<String> named(String name) {
    return Optional.of(name).filter(text -> !text.isEmpty());
  }

  private static String absolute(String dictionary) {
    return Path.of(dictionary).toAbsolutePath().normalize().toString();
  }

  /** With the index's scales for the latents that have none, where there is an index. */
  private static Steering scaled(DictionaryFolder folder, Steering steering) throws IOException {
    List<Integer> unknown =
        steering.steers().stream()
            .map(Steer::latent)
            .filter(latent -> !steering.scales().containsKey(latent))
            .toList();
    Path file = folder.kept().resolve(DictionaryFolder.INDEX);
    if (unknown.isEmpty() || !Files.exists(file)) {
      return steering;
    }
    try (FeatureIndex index = FeatureIndex.open(file)) {
      return steering.withScales(SteeringView.scales(index, unknown));
    }
  }

  @Override
  public void close() {
    steerer.close();
    sae.close();
    model.close();
  }
}
