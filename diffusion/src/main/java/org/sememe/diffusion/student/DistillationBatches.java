package org.sememe.diffusion.student;

import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.diffusion.conditions.Condition;
import org.sememe.diffusion.distillation.DistillationStep;
import org.sememe.diffusion.distillation.Student;
import org.sememe.diffusion.pictures.PictureSet;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;

/**
 * Draws what the steps of a distillation see. Pictures that a head's batch norm sees together share
 * timestep and class.
 *
 * @param alike the pictures of each class, where there are classes
 * @param timesteps of the noise schedule
 */
record DistillationBatches(
    DistillationPlan plan,
    PictureSet pictures,
    Condition condition,
    Optional<int[][]> alike,
    int timesteps) {

  /**
   * What a step sees, in the caller's scope.
   *
   * @param step from 1
   * @param random of that step
   */
  DistillationStep.Batch of(long step, RandomStream random) {
    int[] times = Student.usualTimesteps(timesteps);
    int[] chosen = new int[plan.batch()];
    int[] labels = new int[plan.batch()];
    int[] studentTimes = new int[plan.batch()];
    int[] teacherTimes = new int[plan.batch()];
    int together = Math.max(1, plan.heads().norms().together());
    for (int i = 0; i < chosen.length; i++) {
      boolean first = i % together == 0;
      chosen[i] =
          first || alike.isEmpty()
              ? random.nextInt(pictures.count())
              : one(alike.get()[labels[i - 1]], random);
      labels[i] = condition.of(chosen[i]);
      studentTimes[i] = first ? time(step, times, random) : studentTimes[i - 1];
      teacherTimes[i] = random.nextInt(timesteps);
    }
    Tensor real = pictures.tensor(chosen);
    return new DistillationStep.Batch(
        real,
        labels,
        studentTimes,
        noise(random.stream("student"), real),
        teacherTimes,
        noise(random.stream("teacher"), real));
  }

  private static int one(int[] alike, RandomStream random) {
    return alike[random.nextInt(alike.length)];
  }

  private int time(long step, int[] times, RandomStream random) {
    if (step <= plan.starts().warmUp()) {
      return times[random.nextInt(times.length / 2)];
    }
    return random.nextDouble() < plan.starts().pureNoise()
        ? times[times.length - 1]
        : times[random.nextInt(times.length - 1)];
  }

  /** Unit noise of a tensor's shape. */
  static Tensor noise(RandomStream random, Tensor like) {
    Tensor noise = TensorMemory.empty(ScalarType.Float, TensorMemory.shape(like));
    random.fillNormal(TensorMemory.segment(noise), 1);
    return noise;
  }
}
