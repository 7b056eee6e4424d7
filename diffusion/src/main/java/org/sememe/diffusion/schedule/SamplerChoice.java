package org.sememe.diffusion.schedule;

import java.util.Arrays;
import java.util.List;

/** A way of sampling by name, beside the scheduler of diffusers that takes it. */
public enum SamplerChoice {
  DDIM("ddim", "DDIMScheduler"),
  DDPM("ddpm", "DDPMScheduler"),
  EULER("euler", "EulerDiscreteScheduler"),
  EULER_ANCESTRAL("euler-ancestral", "EulerAncestralDiscreteScheduler"),
  /** DPM-Solver++ of second order. */
  DPM_SOLVER("dpm-solver++", "DPMSolverMultistepScheduler"),
  /** For distilled networks only: others do not draw in the steps that it takes. */
  LCM("lcm", "LCMScheduler");

  private final String key;
  private final String scheduler;

  SamplerChoice(String key, String scheduler) {
    this.key = key;
    this.scheduler = scheduler;
  }

  /** Its name. */
  public String key() {
    return key;
  }

  /** {@code _class_name} in a {@code scheduler_config.json}. */
  String scheduler() {
    return scheduler;
  }

  /**
   * The choice of that name.
   *
   * @throws IllegalArgumentException for one that is not known
   */
  public static SamplerChoice named(String key) {
    return Arrays.stream(values())
        .filter(choice -> choice.key.equals(key))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "sampler '"
                        + key
                        + "' is not known: use one of "
                        + Arrays.stream(values()).map(SamplerChoice::key).toList()));
  }

  /** Those that can draw with a network of such a scheduler, its own first. */
  public static List<SamplerChoice> of(SchedulerConfig config) {
    SamplerChoice own =
        switch (config.method()) {
          case Method.Ddpm _ -> DDPM;
          case Method.Ddim _ -> DDIM;
          case Method.Euler _ -> EULER;
          case Method.EulerAncestral _ -> EULER_ANCESTRAL;
          case Method.DpmSolver _ -> DPM_SOLVER;
          case Method.Lcm _ -> LCM;
        };
    if (own == LCM) {
      return List.of(LCM);
    }
    return Arrays.stream(values())
        .filter(choice -> choice != LCM)
        .sorted((a, b) -> Boolean.compare(b == own, a == own))
        .toList();
  }
}
