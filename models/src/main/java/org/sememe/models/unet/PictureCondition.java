package org.sememe.models.unet;

import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * What a U-Net is told beside the time. The tensors stay the caller's.
 *
 * @param classes int64 {@code [samples]}
 * @param text rows that it looks at, fp32 {@code [samples, tokens, width]}
 * @param pooled a text's one vector, and numbers that go in as sinusoids
 * @param sentence a text's one vector in a class's place, fp32 {@code [samples, width]}
 */
public record PictureCondition(
    Optional<Tensor> classes,
    Optional<Tensor> text,
    Optional<Pooled> pooled,
    Optional<Tensor> sentence) {
  /** Nothing. */
  public static final PictureCondition NOTHING =
      new PictureCondition(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

  /**
   * A text's vector and numbers beside it.
   *
   * @param text fp32 {@code [samples, width]}
   * @param sizes {@code [samples * numbers]}, sample by sample: height, width, crop's top and left,
   *     target's height and width in SDXL
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Pooled(Tensor text, double[] sizes) {}

  /** A class of each sample. */
  public static PictureCondition ofClasses(Tensor classes) {
    return new PictureCondition(
        Optional.of(classes), Optional.empty(), Optional.empty(), Optional.empty());
  }

  /** A text of each sample. */
  public static PictureCondition ofText(Tensor text) {
    return new PictureCondition(
        Optional.empty(), Optional.of(text), Optional.empty(), Optional.empty());
  }

  /** A vector of each sample, in a class's place. */
  public static PictureCondition ofSentences(Tensor sentences) {
    return new PictureCondition(
        Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(sentences));
  }
}
