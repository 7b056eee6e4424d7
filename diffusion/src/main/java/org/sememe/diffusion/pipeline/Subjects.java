package org.sememe.diffusion.pipeline;

import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.sememe.diffusion.conditions.CaptionVectors;
import org.sememe.models.unet.PictureCondition;
import org.sememe.models.unet.UNetConfig;
import org.sememe.tensors.TensorMemory;

/** What pictures are of, one after the other. */
public sealed interface Subjects {
  /** How many pictures. */
  int count();

  /** Some of them, from one up to but not with another. */
  Subjects part(int from, int to);

  /**
   * What a network is told, in the caller's scope.
   *
   * @param nothingFirst whether as many rows that stand for nothing come first
   * @throws IllegalArgumentException for a network that is told another thing, or knows no such
   *     class
   */
  PictureCondition told(UNetConfig network, boolean nothingFirst);

  /**
   * Classes.
   *
   * @param labels one a picture
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Classes(int[] labels) implements Subjects {
    @Override
    public int count() {
      return labels.length;
    }

    @Override
    public Subjects part(int from, int to) {
      return new Classes(Arrays.copyOfRange(labels, from, to));
    }

    @Override
    public PictureCondition told(UNetConfig network, boolean nothingFirst) {
      int classes =
          network
              .condition()
              .classes()
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "this network draws from captions, it knows no classes"));
      for (int label : labels) {
        if (label < 0 || label >= classes) {
          throw new IllegalArgumentException(
              "class " + label + ": this network knows 0 to " + (classes - 1));
        }
      }
      long[] wide =
          IntStream.concat(
                  IntStream.range(0, nothingFirst ? labels.length : 0).map(i -> classes - 1),
                  Arrays.stream(labels))
              .asLongStream()
              .toArray();
      return PictureCondition.ofClasses(TensorMemory.longs(wide, wide.length));
    }
  }

  /**
   * Captions.
   *
   * @param vectors their sentence embeddings, one a picture, by the encoder that the network was
   *     trained with
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Captions(float[][] vectors) implements Subjects {
    @Override
    public int count() {
      return vectors.length;
    }

    @Override
    public Subjects part(int from, int to) {
      return new Captions(Arrays.copyOfRange(vectors, from, to));
    }

    @Override
    public PictureCondition told(UNetConfig network, boolean nothingFirst) {
      int width =
          network
              .condition()
              .sentence()
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "this network draws from classes, it knows no captions"));
      for (float[] vector : vectors) {
        if (vector.length != width) {
          throw new IllegalArgumentException(
              "an embedding of width " + vector.length + ": this network is told " + width);
        }
      }
      float[] nothing = new float[width];
      return PictureCondition.ofSentences(
          CaptionVectors.told(
              Stream.concat(
                      Stream.generate(() -> nothing).limit(nothingFirst ? vectors.length : 0),
                      Arrays.stream(vectors))
                  .toArray(float[][]::new)));
    }
  }
}
