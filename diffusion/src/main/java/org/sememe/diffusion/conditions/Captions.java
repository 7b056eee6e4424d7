package org.sememe.diffusion.conditions;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.sememe.models.unet.PictureCondition;
import org.sememe.models.unet.UNetConfig;

/**
 * The pictures' captions by their embeddings; zeros stand for none, so that what a network makes of
 * none is the layers' biases, which it learns.
 *
 * @param vectors of all captions
 * @param numbers each picture's caption
 */
@SuppressWarnings("ArrayRecordComponent") // large, and never compared
public record Captions(CaptionVectors vectors, int[] numbers) implements Condition {
  private static final int SHOWN = 10;

  /**
   * Of pictures with captions.
   *
   * @param vectors that have each of them
   * @param captions one a picture; an empty one is none
   * @throws IllegalArgumentException for a caption without an embedding
   */
  public static Captions of(CaptionVectors vectors, List<String> captions) {
    if (captions.isEmpty()) {
      throw new IllegalArgumentException("these pictures have no captions");
    }
    Map<String, Integer> known = new HashMap<>();
    vectors.captions().forEach(caption -> known.put(caption, known.size()));
    known.put("", vectors.captions().size());
    return new Captions(
        vectors,
        captions.stream()
            .mapToInt(
                caption ->
                    Optional.ofNullable(known.get(caption))
                        .orElseThrow(
                            () ->
                                new IllegalArgumentException(
                                    "caption '"
                                        + caption
                                        + "' has no embedding: these pictures are not those of the"
                                        + " run")))
            .toArray());
  }

  @Override
  public int count() {
    return vectors.captions().size();
  }

  @Override
  public int of(int picture) {
    return numbers[picture];
  }

  @Override
  public PictureCondition told(int[] subjects) {
    return PictureCondition.ofSentences(rows(subjects));
  }

  @Override
  public Tensor rows(int[] subjects) {
    float[] nothing = new float[width()];
    return CaptionVectors.told(
        Arrays.stream(subjects)
            .mapToObj(subject -> subject == none() ? nothing : vectors.vectors()[subject])
            .toArray(float[][]::new));
  }

  @Override
  public int width() {
    return vectors.width();
  }

  /** Some, evenly. */
  @Override
  public int[] shown() {
    int columns = Math.min(SHOWN, count());
    return IntStream.range(0, columns).map(i -> (int) ((long) i * count() / columns)).toArray();
  }

  @Override
  public Optional<int[][]> alike() {
    return Optional.empty();
  }

  @Override
  public String text() {
    return " captions " + vectors.sha256() + " by " + vectors.encoder().sha256();
  }

  @Override
  public void requireFit(UNetConfig network) {
    int told = network.condition().sentence().orElse(0);
    if (told != width()) {
      throw new IllegalArgumentException(
          told == 0
              ? "the teacher was not trained on captions"
              : "the teacher is told embeddings of width " + told + ", these have " + width());
    }
  }

  @Override
  public void write(Path run) throws IOException {
    vectors.write(run);
  }
}
