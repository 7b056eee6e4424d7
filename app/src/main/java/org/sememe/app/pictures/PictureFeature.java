package org.sememe.app.pictures;

import java.util.List;

/**
 * What a latent responds to in drawn pictures.
 *
 * @param active positions where it is above 0, of all that were seen
 * @param largest activation
 * @param mean activation where it is active
 * @param kinds share of its summed activation by class
 * @param examples the pictures with its largest activations, one each, the strongest first
 */
public record PictureFeature(
    int latent,
    long active,
    float largest,
    double mean,
    List<Double> kinds,
    List<Example> examples) {
  public PictureFeature {
    kinds = List.copyOf(kinds);
    examples = List.copyOf(examples);
  }

  /**
   * A picture in which it is active.
   *
   * @param ordinal of the picture among all that were drawn
   * @param largest activation in it
   * @param map activations, {@code [height, width]} of the module's map
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Example(int ordinal, int label, float largest, float[] map) {}
}
