package org.sememe.analysis.meaning;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/**
 * Finds features by meaning in a file of vectors. What people write about features while it is open
 * is found too: those features' vectors are made anew before the next search. One thread at a time.
 * Owns the file.
 */
public final class MeaningSearch implements AutoCloseable {
  private final MeaningFile file;
  private final MeaningBuilder builder;
  private Map<Integer, String> seen = Map.of();

  /**
   * A search.
   *
   * @throws IllegalArgumentException if the file is of another encoder or dictionary
   */
  public MeaningSearch(MeaningFile file, MeaningBuilder builder) {
    int latents = builder.index().summary().latents();
    if (file.latents() != latents || !file.sha256().equals(builder.encoder().sha256())) {
      throw new IllegalArgumentException(
          "the meanings are of %d latents by %s (%s), and the dictionary has %d, the encoder %s: make them anew with sememe index RUN --meaning"
              .formatted(
                  file.latents(),
                  file.encoder(),
                  file.sha256(),
                  latents,
                  builder.encoder().sha256()));
    }
    this.file = file;
    this.builder = builder;
  }

  /**
   * The features whose meanings are nearest to a text's.
   *
   * @param most to be found, at least 1
   * @param written what people wrote, by latent
   * @throws UncheckedIOException if the file cannot be brought up to what was written
   */
  public NearestMeanings nearest(String text, int most, Map<Integer, String> written) {
    Set<Integer> changed = new TreeSet<>(written.keySet());
    changed.addAll(seen.keySet());
    changed.removeIf(latent -> Objects.equals(written.get(latent), seen.get(latent)));
    changed.removeIf(latent -> latent >= file.latents());
    try {
      builder.renew(file, changed, written);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    seen = Map.copyOf(written);
    return NearestMeanings.of(file, builder.encoder().embeddings(List.of(text))[0], most);
  }

  @Override
  public void close() {
    file.close();
  }
}
