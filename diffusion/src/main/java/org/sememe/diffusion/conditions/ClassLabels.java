package org.sememe.diffusion.conditions;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.diffusion.pictures.PictureSet;
import org.sememe.models.unet.PictureCondition;
import org.sememe.models.unet.UNetConfig;
import org.sememe.tensors.TensorMemory;

/**
 * The pictures' classes; heads are told 1 in a class's place.
 *
 * @param pictures the set, whose labels these are
 */
public record ClassLabels(PictureSet pictures) implements Condition {
  @Override
  public int count() {
    return pictures.classes();
  }

  @Override
  public int of(int picture) {
    return pictures.labels()[picture];
  }

  @Override
  public PictureCondition told(int[] subjects) {
    return PictureCondition.ofClasses(longs(subjects));
  }

  @Override
  public Tensor rows(int[] subjects) {
    return torch.one_hot(longs(subjects), count()).to(ScalarType.Float);
  }

  private static Tensor longs(int[] subjects) {
    return TensorMemory.longs(Arrays.stream(subjects).asLongStream().toArray(), subjects.length);
  }

  @Override
  public int width() {
    return count();
  }

  @Override
  public int[] shown() {
    return IntStream.range(0, count()).toArray();
  }

  @Override
  public Optional<int[][]> alike() {
    int[] labels = pictures.labels();
    return Optional.of(
        IntStream.range(0, count())
            .mapToObj(c -> IntStream.range(0, labels.length).filter(i -> labels[i] == c).toArray())
            .toArray(int[][]::new));
  }

  /** Nothing: the pictures are the plan's, and runs from before there were captions go on. */
  @Override
  public String text() {
    return "";
  }

  @Override
  public void requireFit(UNetConfig network) {
    int classes = network.condition().classes().orElse(0);
    if (classes <= count()) {
      throw new IllegalArgumentException(
          "the teacher knows %d classes, need one more than the pictures' %d"
              .formatted(classes, count()));
    }
  }

  @Override
  public void write(Path run) {
    // A class is a number, and the network's own.
  }
}
