package org.sememe.diffusion.schedule;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalDouble;
import java.util.function.Function;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.JsonFields;
import org.sememe.tensors.JsonFile;

/**
 * A sampling's options, as a {@code scheduler_config.json} of diffusers has them; keys that are not
 * known are ignored. Immutable, thread-safe.
 *
 * @param schedule the forward process that the network was trained with
 * @param offset added to timesteps of leading spacing
 * @param limit of predicted clean pictures
 */
public record SchedulerConfig(
    Method method,
    NoiseSchedule schedule,
    Prediction prediction,
    Spacing spacing,
    int offset,
    CleanLimit limit) {
  /** The signal at the last timestep where a method divides by it: 2^-24. */
  private static final double FLOOR = 0x1p-24;

  private static final int MOST_TIMESTEPS = 1_000_000;

  /**
   * The options in a folder's {@link #file}.
   *
   * @throws FormatException as {@link #of(JsonFields)}
   */
  public static SchedulerConfig read(Path folder) throws IOException {
    Path file = file(folder);
    return of(new JsonFields(file, JsonFile.read(new ObjectMapper(), file)));
  }

  /**
   * The options in a JSON object.
   *
   * @throws FormatException naming the file and the key, for what is not known or has no meaning
   */
  public static SchedulerConfig of(JsonFields json) throws IOException {
    Method method = method(json);
    try {
      return new SchedulerConfig(
          method,
          schedule(json, method),
          named(json, "prediction_type", "epsilon", Prediction::named),
          named(json, "timestep_spacing", defaultSpacing(method), Spacing::named),
          Math.toIntExact(json.json().path("steps_offset").asLong(0)),
          limit(json, method));
    } catch (IllegalArgumentException | ArithmeticException problem) {
      throw new FormatException(json.file(), 0, problem.getMessage());
    }
  }

  /**
   * The options of another way of sampling beside what the object says of the forward process.
   *
   * @throws FormatException as {@link #of(JsonFields)}
   */
  public static SchedulerConfig of(JsonFields json, SamplerChoice choice) throws IOException {
    ObjectNode other = json.json().deepCopy();
    other.put("_class_name", choice.scheduler());
    return of(new JsonFields(json.file(), other));
  }

  /** The same options over another forward process. */
  public SchedulerConfig withSchedule(NoiseSchedule other) {
    return new SchedulerConfig(method, other, prediction, spacing, offset, limit);
  }

  private static String defaultSpacing(Method method) {
    return method instanceof Method.Ddpm
            || method instanceof Method.Ddim
            || method instanceof Method.Lcm
        ? "leading"
        : "linspace";
  }

  private static NoiseSchedule schedule(JsonFields json, Method method) throws IOException {
    NoiseSchedule schedule = NoiseSchedule.ofBetas(betas(json));
    if (!json.flag("rescale_betas_zero_snr", false)) {
      return schedule;
    }
    boolean divides =
        method instanceof Method.Euler
            || method instanceof Method.EulerAncestral
            || method instanceof Method.DpmSolver;
    NoiseSchedule zero = schedule.withZeroTerminalSnr();
    return divides ? zero.withLastSignal(FLOOR) : zero;
  }

  private static float[] betas(JsonFields json) throws IOException {
    JsonNode trained = json.json().path("trained_betas");
    if (trained.isArray()) {
      float[] betas = new float[trained.size()];
      for (int t = 0; t < betas.length; t++) {
        betas[t] = (float) trained.get(t).asDouble();
      }
      return betas;
    }
    int timesteps = json.has("num_train_timesteps") ? json.count("num_train_timesteps") : 1000;
    if (timesteps > MOST_TIMESTEPS) {
      throw json.wrong("num_train_timesteps", "at most " + MOST_TIMESTEPS);
    }
    BetaSchedule betas = named(json, "beta_schedule", "linear", BetaSchedule::named);
    return betas.betas(
        timesteps, number(json, "beta_start", 0.0001), number(json, "beta_end", 0.02));
  }

  private static CleanLimit limit(JsonFields json, Method method) throws IOException {
    boolean none = method instanceof Method.Euler || method instanceof Method.EulerAncestral;
    if (!none && json.flag("thresholding", false)) {
      return new CleanLimit.Quantile(
          number(json, "dynamic_thresholding_ratio", 0.995), number(json, "sample_max_value", 1));
    }
    boolean clips = !none && !(method instanceof Method.DpmSolver);
    boolean usual = method instanceof Method.Ddpm || method instanceof Method.Ddim;
    return clips && json.flag("clip_sample", usual)
        ? new CleanLimit.Clip(number(json, "clip_sample_range", 1))
        : new CleanLimit.None();
  }

  private static Method method(JsonFields json) throws IOException {
    String name = json.text("_class_name");
    return switch (name) {
      case "DDPMScheduler" -> new Method.Ddpm(variance(json));
      case "DDIMScheduler" -> new Method.Ddim(json.flag("set_alpha_to_one", true));
      case "EulerDiscreteScheduler" ->
          new Method.Euler(
              range(json),
              logLinear(json),
              json.optionalText("timestep_type").orElse("discrete").equals("continuous")
                  && json.optionalText("prediction_type").orElse("").equals("v_prediction"));
      case "EulerAncestralDiscreteScheduler" -> new Method.EulerAncestral();
      case "DPMSolverMultistepScheduler" -> solver(json);
      case "LCMScheduler" ->
          new Method.Lcm(
              json.has("original_inference_steps") ? json.count("original_inference_steps") : 50,
              number(json, "timestep_scaling", 10),
              json.flag("set_alpha_to_one", true));
      default ->
          throw json.wrong(
              "_class_name",
              "a scheduler known here: DDPMScheduler, DDIMScheduler, EulerDiscreteScheduler,"
                  + " EulerAncestralDiscreteScheduler, DPMSolverMultistepScheduler or LCMScheduler");
    };
  }

  private static Method.Variance variance(JsonFields json) throws IOException {
    return switch (json.optionalText("variance_type").orElse("fixed_small")) {
      case "fixed_small", "fixed_small_log" -> Method.Variance.POSTERIOR;
      case "fixed_large" -> Method.Variance.FORWARD;
      default -> throw json.wrong("variance_type", "fixed_small, fixed_small_log or fixed_large");
    };
  }

  private static boolean logLinear(JsonFields json) throws IOException {
    return switch (json.optionalText("interpolation_type").orElse("linear")) {
      case "linear" -> false;
      case "log_linear" -> true;
      default -> throw json.wrong("interpolation_type", "linear or log_linear");
    };
  }

  private static Method.DpmSolver solver(JsonFields json) throws IOException {
    if (json.flag("use_flow_sigmas", false) || json.flag("use_dynamic_shifting", false)) {
      throw new FormatException(json.file(), 0, "flow matching is not supported");
    }
    Method.Algorithm algorithm =
        switch (json.optionalText("algorithm_type").orElse("dpmsolver++")) {
          case "dpmsolver++" -> Method.Algorithm.PLUS_PLUS;
          case "dpmsolver" -> Method.Algorithm.NOISE;
          case "sde-dpmsolver++" -> Method.Algorithm.SDE_PLUS_PLUS;
          default -> throw json.wrong("algorithm_type", "dpmsolver++, dpmsolver, sde-dpmsolver++");
        };
    Method.Solver solver =
        switch (json.optionalText("solver_type").orElse("midpoint")) {
          case "midpoint" -> Method.Solver.MIDPOINT;
          case "heun" -> Method.Solver.HEUN;
          default -> throw json.wrong("solver_type", "midpoint or heun");
        };
    try {
      return new Method.DpmSolver(
          range(json),
          algorithm,
          solver,
          json.has("solver_order") ? json.count("solver_order") : 2,
          json.flag("lower_order_final", true),
          json.flag("euler_at_final", false),
          !json.optionalText("beta_schedule").orElse("linear").equals("squaredcos_cap_v2"),
          json.json().path("lambda_min_clipped").asDouble(Double.NEGATIVE_INFINITY));
    } catch (IllegalArgumentException problem) {
      throw new FormatException(json.file(), 0, problem.getMessage());
    }
  }

  private static Method.SigmaRange range(JsonFields json) throws IOException {
    SigmaSpacing spacing =
        json.flag("use_karras_sigmas", false)
            ? SigmaSpacing.KARRAS
            : json.flag("use_lu_lambdas", false)
                ? SigmaSpacing.LU
                : json.flag("use_exponential_sigmas", false)
                    ? SigmaSpacing.EXPONENTIAL
                    : json.flag("use_beta_sigmas", false)
                        ? SigmaSpacing.BETA
                        : SigmaSpacing.TIMESTEPS;
    boolean zero =
        switch (json.optionalText("final_sigmas_type").orElse("zero")) {
          case "zero" -> true;
          case "sigma_min" -> false;
          default -> throw json.wrong("final_sigmas_type", "zero or sigma_min");
        };
    return new Method.SigmaRange(
        spacing, optional(json, "sigma_min"), optional(json, "sigma_max"), zero);
  }

  private static OptionalDouble optional(JsonFields json, String key) throws IOException {
    return json.has(key) ? OptionalDouble.of(json.positive(key)) : OptionalDouble.empty();
  }

  private static double number(JsonFields json, String key, double otherwise) throws IOException {
    return json.has(key) ? json.number(key) : otherwise;
  }

  private static <T> T named(
      JsonFields json, String key, String otherwise, Function<String, T> names) throws IOException {
    return names.apply(json.optionalText(key).orElse(otherwise));
  }

  /** The path of the file in a pipeline's folder. */
  public static Path file(Path pipeline) {
    return pipeline.resolve("scheduler").resolve("scheduler_config.json");
  }

  /** The timesteps and levels of a sampling in {@code steps} steps. */
  public NoiseLevels levels(int steps) {
    if (steps < 1 || steps > schedule.timesteps()) {
      throw new IllegalArgumentException(
          "a sampling in " + steps + " steps: use 1 to " + schedule.timesteps());
    }
    return switch (method) {
      case Method.Ddpm _, Method.Ddim _ -> levels(rounded(steps));
      case Method.Euler _, Method.EulerAncestral _ ->
          levels(spacing.timesteps(schedule.timesteps(), steps, offset));
      case Method.DpmSolver solver -> NoiseLevels.of(solver, steps, spacing, offset, schedule);
      case Method.Lcm lcm -> levels(consistency(lcm, steps));
    };
  }

  /**
   * The levels of a sampling that visits just these timesteps.
   *
   * @throws IllegalArgumentException if they do not fall, or the method takes none
   */
  public NoiseLevels levels(double[] timesteps) {
    double before = schedule.timesteps();
    for (double t : timesteps) {
      if (!(t < before && t >= 0)) {
        throw new IllegalArgumentException(
            "timestep " + t + " after " + before + ": they have to fall, to 0 at least");
      }
      before = t;
    }
    return switch (method) {
      case Method.Ddpm _, Method.Ddim _, Method.Lcm _ -> new NoiseLevels(timesteps, new double[0]);
      case Method.Euler euler -> NoiseLevels.of(euler, timesteps, schedule);
      case Method.EulerAncestral _ -> NoiseLevels.at(timesteps, schedule.noiseToSignal(), 0);
      case Method.DpmSolver _ ->
          throw new IllegalArgumentException("DPM-Solver spaces its timesteps itself");
    };
  }

  private double[] rounded(int steps) {
    return Arrays.stream(spacing.timesteps(schedule.timesteps(), steps, offset))
        .map(Math::rint)
        .toArray();
  }

  /** Every so-many-th of the original timesteps, then {@code steps} of them from the top. */
  private double[] consistency(Method.Lcm lcm, int steps) {
    if (steps > lcm.originalSteps() || lcm.originalSteps() > schedule.timesteps()) {
      throw new IllegalArgumentException(
          steps + " steps of the " + lcm.originalSteps() + " that were distilled: ask for fewer");
    }
    int stride = schedule.timesteps() / lcm.originalSteps();
    double[] timesteps = new double[steps];
    Arrays.setAll(
        timesteps,
        i -> (double) stride * (lcm.originalSteps() - (long) i * lcm.originalSteps() / steps) - 1);
    return timesteps;
  }
}
