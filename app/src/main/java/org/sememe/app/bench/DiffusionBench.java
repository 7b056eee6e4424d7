package org.sememe.app.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.sememe.diffusion.pictures.PictureSet;
import org.sememe.diffusion.pipeline.Noise;
import org.sememe.diffusion.pipeline.PixelPipeline;
import org.sememe.diffusion.teacher.TeacherPlan;
import org.sememe.diffusion.teacher.TeacherTraining;
import org.sememe.tensors.TensorMemory;

/**
 * A teacher's training step beside the 3x3 convolutions in it alone, of the same shapes, and beside
 * a convolution that libtorch does well: one process, in turns, medians of the repetitions after a
 * warm-up. Forward and both gradients are counted, two operations a multiplication; the first
 * convolution needs no gradient of its input.
 *
 * @param plan of the training, whose pictures are synthetic
 * @param side of the pictures, which have one channel
 * @param repetitions timed rounds
 */
public record DiffusionBench(TeacherPlan plan, int side, int repetitions) {
  private static final int WARM_UP = 3;
  private static final int KERNEL = 3;
  private static final int PICTURES = 256;
  private static final int CLASSES = 10;
  private static final double GIGA = 1e9;
  private static final double MILLI = 1e3;

  /** 64 channels of 32 x 32 in 32 pictures: large enough for any blocking, small enough to wait. */
  private static final Shape GOOD = new Shape(64, 64, 32, 1, 32, true);

  /** Checks the ranges. */
  public DiffusionBench {
    if (side < 1 || repetitions < 1) {
      throw new IllegalArgumentException("side and repetitions must be at least 1");
    }
  }

  /** Told after every round. */
  @FunctionalInterface
  public interface Listener {
    void round(int done);
  }

  /**
   * A 3x3 convolution of a step.
   *
   * @param side of its output
   * @param batch pictures
   * @param inner whether the gradient of its input is needed
   */
  record Shape(int in, int out, int side, int stride, int batch, boolean inner) {
    /** Operations of forward and gradients. */
    double operations() {
      return 2.0 * batch * out * side * side * in * KERNEL * KERNEL * (inner ? 3 : 2);
    }

    /** Seconds of one. */
    double time() {
      try (PointerScope scope = new PointerScope();
          AutoGradMode on = new AutoGradMode(true)) {
        Tensor x = torch.randn(batch, in, (long) side * stride, (long) side * stride);
        Tensor weight = torch.randn(out, in, KERNEL, KERNEL).set_requires_grad(true);
        x.set_requires_grad(inner);
        Tensor slope = torch.randn(batch, out, side, side);
        long start = System.nanoTime();
        Tensor y =
            torch.conv2d(
                x,
                weight,
                new TensorOptional(),
                new long[] {stride, stride},
                new long[] {1, 1},
                new long[] {1, 1},
                1);
        y.backward(slope, new BoolOptional(), false, new TensorArrayRefOptional());
        return (System.nanoTime() - start) / GIGA;
      }
    }
  }

  /** Rounds in all, those of the warm-up included. */
  public int rounds() {
    return WARM_UP + repetitions;
  }

  /** What was measured; fields as scripts read them. */
  public Map<String, Object> run(int threads, Listener listener) throws IOException {
    try (ScratchFolder folder = ScratchFolder.create();
        TeacherTraining training = new TeacherTraining(folder.path(), plan, pictures())) {
      training.save();
      List<Shape> shapes = shapes(folder.path());
      List<Round> timed = new ArrayList<>();
      for (int round = 1; round <= rounds(); round++) {
        long start = System.nanoTime();
        training.next();
        double step = (System.nanoTime() - start) / GIGA;
        double alone = shapes.stream().mapToDouble(Shape::time).sum();
        double good = GOOD.time();
        if (round > WARM_UP) {
          timed.add(new Round(step, alone, good));
        }
        listener.round(round);
      }
      return fields(shapes, timed, threads);
    }
  }

  /** Seconds of a round. */
  private record Round(double step, double alone, double good) {}

  private Map<String, Object> fields(List<Shape> shapes, List<Round> timed, int threads) {
    double step = Median.of(timed, Round::step);
    double alone = Median.of(timed, Round::alone);
    double good = Median.of(timed, Round::good);
    double operations = shapes.stream().mapToDouble(Shape::operations).sum();
    double libtorch = GOOD.operations() / good;
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put(
        "shape", "channels %s, side %d, batch %d".formatted(plan.channels(), side, plan.batch()));
    fields.put("convolutions", shapes.size());
    fields.put("convolution_gflop", operations / GIGA);
    fields.put("step_ms", step * MILLI);
    fields.put("convolutions_ms", alone * MILLI);
    fields.put("libtorch_gflops", libtorch / GIGA);
    fields.put("convolutions_gflops", operations / alone / GIGA);
    fields.put("step_gflops", operations / step / GIGA);
    fields.put("convolutions_over_libtorch", operations / alone / libtorch);
    fields.put("step_over_libtorch", operations / step / libtorch);
    fields.put("convolutions_over_step", alone / step);
    fields.put("threads", threads);
    fields.put("repetitions", repetitions);
    fields.put("cpu", Cpu.name());
    return fields;
  }

  private PictureSet pictures() {
    Random random = new Random(plan.seed());
    byte[] pixels = new byte[PICTURES * side * side];
    random.nextBytes(pixels);
    int[] labels = new int[PICTURES];
    Arrays.setAll(labels, i -> i % CLASSES);
    return new PictureSet(1, side, side, pixels, labels);
  }

  /** The network's 3x3 convolutions: channels by its parameters, sizes by what a pass shows. */
  private List<Shape> shapes(Path folder) throws IOException {
    Map<String, Integer> sides = new HashMap<>();
    List<Shape> shapes = new ArrayList<>();
    try (PixelPipeline pipeline = PixelPipeline.open(folder, "")) {
      pipeline.draw(
          new int[1],
          1,
          OptionalInt.empty(),
          Noise.seeded(0),
          (name, output) -> {
            if (output.dim() == 4) {
              sides.put(name, Math.toIntExact(output.size(2)));
            }
            return output;
          });
      pipeline
          .net()
          .parameters()
          .forEach(
              (name, weight) -> {
                long[] shape = TensorMemory.shape(weight);
                if (shape.length == 4 && shape[2] == KERNEL) {
                  shapes.add(
                      new Shape(
                          (int) shape[1],
                          (int) shape[0],
                          side(sides, name),
                          name.contains(".downsamplers.") ? 2 : 1,
                          plan.batch(),
                          !name.startsWith("conv_in.")));
                }
              });
    }
    return shapes;
  }

  /** The size of what the nearest module above gives, which is the convolution's own. */
  private static int side(Map<String, Integer> sides, String name) {
    String module = name;
    while (!sides.containsKey(module)) {
      int dot = module.lastIndexOf('.');
      if (dot < 0) {
        throw new IllegalStateException("no module is known to hold " + name);
      }
      module = module.substring(0, dot);
    }
    return sides.get(module);
  }
}
