package org.sememe.analysis.meaning;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import org.sememe.analysis.index.FeatureIndex;
import org.sememe.analysis.index.FeatureReading;

/**
 * Gives features the vectors of their meanings, each made of its {@link MeaningText texts}. What is
 * there and of the same texts is kept: what was interrupted goes on, and a label's change costs one
 * feature.
 *
 * @param index where the features' texts come from
 * @param encoder makes the vectors
 */
public record MeaningBuilder(FeatureIndex index, SentenceEncoder encoder) {
  /** Latents that are done at once: what is lost at most when it is killed. */
  private static final int AT_ONCE = 128;

  /**
   * Goes through all latents, and leaves the file of them; one of another encoder or dictionary is
   * replaced.
   *
   * @param written what a person wrote, by latent
   * @param done hears how many are through
   * @return how many vectors were made anew or taken away
   */
  public int build(Path path, Map<Integer, String> written, LongConsumer done) throws IOException {
    int width = encoder.embeddings(List.of("width"))[0].length;
    int changed = 0;
    try (MeaningFile file = MeaningFile.of(path, encoder, index.summary().latents(), width)) {
      for (int first = 0; first < file.latents(); first += AT_ONCE) {
        int end = Math.min(file.latents(), first + AT_ONCE);
        changed += renew(file, read(first, end, written));
        done.accept(end);
      }
    }
    return changed;
  }

  /** Renews some latents alone; those of which something is written need no look at the index. */
  void renew(MeaningFile file, Collection<Integer> latents, Map<Integer, String> written)
      throws IOException {
    List<MeaningText> texts = new ArrayList<>();
    for (int latent : latents) {
      String own = written.getOrDefault(latent, "");
      if (own.isBlank()) {
        texts.addAll(read(latent, latent + 1, written));
      } else {
        texts.add(MeaningText.written(latent, own));
      }
    }
    renew(file, texts);
  }

  private List<MeaningText> read(int first, int end, Map<Integer, String> written) {
    List<MeaningText> texts = new ArrayList<>();
    for (FeatureReading reading :
        index.readings(first, end, MeaningText.PASSAGES, MeaningText.BEFORE, MeaningText.AFTER)) {
      String own = written.getOrDefault(reading.latent(), "");
      texts.add(
          own.isBlank() ? MeaningText.of(reading) : MeaningText.written(reading.latent(), own));
    }
    return texts;
  }

  private int renew(MeaningFile file, List<MeaningText> texts) throws IOException {
    List<MeaningText> changed =
        texts.stream().filter(text -> text.hash() != file.hash(text.latent())).toList();
    List<MeaningText> readable = changed.stream().filter(text -> !text.parts().isEmpty()).toList();
    List<MeaningFile.Entry> entries = new ArrayList<>();
    changed.stream()
        .filter(text -> text.parts().isEmpty())
        .forEach(text -> entries.add(new MeaningFile.Entry(text.latent(), 0, new float[0])));
    float[][] vectors = MeaningVectors.of(encoder, readable);
    for (int i = 0; i < vectors.length; i++) {
      MeaningText text = readable.get(i);
      entries.add(new MeaningFile.Entry(text.latent(), text.hash(), vectors[i]));
    }
    if (!entries.isEmpty()) {
      file.put(entries);
    }
    return entries.size();
  }
}
