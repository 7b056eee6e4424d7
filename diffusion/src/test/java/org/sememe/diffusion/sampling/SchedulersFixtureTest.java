package org.sememe.diffusion.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sememe.tensors.testing.TensorAssertions.assertClose;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.sememe.diffusion.schedule.Combination;
import org.sememe.diffusion.schedule.NoiseLevels;
import org.sememe.diffusion.schedule.NoiseSchedule;
import org.sememe.diffusion.schedule.SchedulerConfig;
import org.sememe.diffusion.testing.Expected;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.JsonFields;
import org.sememe.tensors.Torch;
import org.sememe.tensors.testing.Fixtures;

/** Tables, timesteps, noise levels and whole trajectories of the original schedulers. */
class SchedulersFixtureTest {
  private static final double FRACTIONAL_TIMESTEPS = 1e-3;

  @TestFactory
  Stream<DynamicTest> everyCase() throws IOException {
    Torch.start(1);
    Path folder = Fixtures.require("diffusion/schedulers");
    List<DynamicTest> tests = new ArrayList<>();
    for (JsonNode found : Expected.json(folder.resolve("cases.json")).path("cases")) {
      String name = found.path("cls").asText() + " " + found.path("id").asText();
      tests.add(DynamicTest.dynamicTest(name, () -> new Case(folder, found).check()));
    }
    return tests.stream();
  }

  /** One case: once with the table that is stored, once with our own. */
  private record Case(Path folder, JsonNode facts) {
    void check() throws IOException {
      Path cases = folder.resolve("cases.json");
      SchedulerConfig own = SchedulerConfig.of(new JsonFields(cases, facts.path("config")));
      String id = facts.path("id").asText();
      if (facts.has("refused")) {
        assertThatThrownBy(() -> Sampler.of(own, facts.path("steps").get(0).asInt(), 1))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining(facts.path("config").path("prediction_type").asText());
        return;
      }
      try (Expected values =
              new Expected(folder.resolve(facts.path("cls").asText() + ".safetensors"));
          Expected inputs = new Expected(folder.resolve("inputs.safetensors"))) {
        double[] table = values.doubles(id + ".alphas_cumprod");
        for (int t = 0; t < table.length; t++) {
          double off = Math.abs(own.schedule().signal(t) - table[t]);
          assertThat(off).as("signal at %d", t).isLessThan(1e-6);
          assertThat(table[t] > 1e-6 ? off / table[t] : 0).as("signal at %d", t).isLessThan(1e-5);
        }
        SchedulerConfig stored = own.withSchedule(NoiseSchedule.ofSignal(table));
        for (JsonNode steps : facts.path("steps")) {
          if (lists(facts.path("nonfinite"), steps.asInt())) {
            refusedOrFinite(own, inputs, steps.asInt());
          } else {
            compare(stored, values, inputs, steps.asInt(), 0);
            compare(own, values, inputs, steps.asInt(), 1);
          }
        }
      }
    }

    private static boolean lists(JsonNode numbers, int number) {
      return StreamSupport.stream(numbers.spliterator(), false).anyMatch(n -> n.asInt() == number);
    }

    /** Where the original gives infinity or NaN. */
    private void refusedOrFinite(SchedulerConfig config, Expected inputs, int steps) {
      try {
        Run run = run(config, inputs, steps);
        assertThat(run.x.stream().flatMapToDouble(Arrays::stream)).allMatch(Double::isFinite);
      } catch (IllegalArgumentException refused) {
        assertThat(refused).hasMessageContaining("pure noise");
      }
    }

    private void compare(
        SchedulerConfig config, Expected values, Expected inputs, int steps, int which) {
      String id = facts.path("id").asText() + "." + steps;
      Run run = run(config, inputs, steps);
      double[] times = values.doubles(id + ".timesteps");
      for (int i = 0; i < times.length; i++) {
        boolean whole = times[i] == Math.rint(times[i]);
        assertThat(Math.abs(run.levels.timesteps()[i] - times[i]))
            .as("timestep %d of %d", i, steps)
            .isLessThanOrEqualTo(
                whole && times.length > 1 && isWhole(times) ? 0 : FRACTIONAL_TIMESTEPS);
      }
      assertThat(run.levels.timesteps()).hasSameSizeAs(times);
      if (values.has(id + ".sigmas")) {
        assertClose(
            "sigmas of " + steps,
            run.levels.sigmas(),
            values.doubles(id + ".sigmas"),
            tolerance(steps + ".sigmas", which));
      }
      double[] x = values.doubles(id + ".x");
      double largest = Arrays.stream(x).map(Math::abs).max().orElseThrow();
      near("x of " + steps, joined(run.x), x, largest * tolerance(steps + ".x", which));
      if (values.has(id + ".x0")) {
        near(
            "x0 of " + steps,
            joined(run.clean),
            values.doubles(id + ".x0"),
            largest * tolerance(steps + ".x0", which));
      }
      JsonNode drawn = facts.path("noise_steps").path(Integer.toString(steps));
      if (!drawn.isMissingNode()) {
        assertThat(run.drawn)
            .as("steps with noise")
            .isEqualTo(
                StreamSupport.stream(drawn.spliterator(), false).map(JsonNode::asInt).toList());
      }
    }

    private static boolean isWhole(double[] times) {
      return Arrays.stream(times).allMatch(t -> t == Math.rint(t));
    }

    private double tolerance(String name, int which) {
      return facts.path("tolerance").path(name).get(which).asDouble();
    }

    private static void near(String what, double[] actual, double[] expected, double allowed) {
      assertThat(actual).as(what).hasSameSizeAs(expected);
      for (int i = 0; i < actual.length; i++) {
        assertThat(Math.abs(actual[i] - expected[i]))
            .as("%s at %d", what, i)
            .isLessThanOrEqualTo(allowed);
      }
    }

    private record Run(
        NoiseLevels levels, List<double[]> x, List<double[]> clean, List<Integer> drawn) {}

    private Run run(SchedulerConfig config, Expected inputs, int steps) {
      JsonNode given = facts.path("timesteps");
      NoiseLevels levels =
          given.isArray()
              ? config.levels(
                  StreamSupport.stream(given.spliterator(), false)
                      .mapToDouble(JsonNode::asDouble)
                      .toArray())
              : config.levels(steps);
      int samples = Math.toIntExact(inputs.shape("start")[0]);
      Sampler sampler = Sampler.of(config, levels, options(), samples);
      double[] noises = inputs.doubles("step_noise");
      String model = "model." + networkName() + ".";
      double[] c0 = inputs.doubles(model + "c0");
      double[] c1 = inputs.doubles(model + "c1");
      double[] d = inputs.doubles(model + "d");
      double[] x = scaled(inputs.doubles("start"), sampler.startScale());
      List<double[]> xs = new ArrayList<>(List.of(x));
      List<double[]> cleans = new ArrayList<>();
      List<Integer> drawn = new ArrayList<>();
      for (int i = 0; i < sampler.steps(); i++) {
        double time = sampler.levels().timesteps()[i] / config.schedule().timesteps();
        double[] output = new double[x.length];
        for (int j = 0; j < x.length; j++) {
          int at = j % d.length;
          output[j] = (c0[at] + c1[at] * time) * sampler.inputScale(i) * x[j] + d[at];
        }
        int size = x.length;
        Sampler.Step step =
            sampler.step(
                i,
                x,
                output,
                at -> {
                  drawn.add(at);
                  return Arrays.copyOfRange(noises, at * size, (at + 1) * size);
                });
        x = step.next();
        xs.add(x);
        cleans.add(step.clean());
      }
      return new Run(levels, xs, cleans, drawn);
    }

    private String networkName() {
      return switch (facts.path("config").path("prediction_type").asText()) {
        case "epsilon" -> "eps";
        case "v_prediction" -> "v";
        default -> "x0";
      };
    }

    private SamplingOptions options() {
      JsonNode o = facts.path("step_options");
      SamplingOptions.Churn none = SamplingOptions.Churn.NONE;
      return new SamplingOptions(
          o.path("eta").asDouble(0),
          o.path("use_clipped_model_output").asBoolean(false),
          new SamplingOptions.Churn(
              o.path("s_churn").asDouble(none.amount()),
              o.path("s_tmin").asDouble(none.from()),
              o.path("s_tmax").asDouble(none.to()),
              o.path("s_noise").asDouble(none.factor())));
    }

    private static double[] scaled(double[] values, double factor) {
      return Arrays.stream(values).map(v -> v * factor).toArray();
    }

    private static double[] joined(List<double[]> parts) {
      return parts.stream().flatMapToDouble(Arrays::stream).toArray();
    }
  }

  /** The forward process, by two schedules and by Euler's levels. */
  @Test
  void noisedPicturesAndVelocities() throws IOException {
    Torch.start(1);
    Path folder = Fixtures.require("diffusion/schedulers");
    try (Expected values = new Expected(folder.resolve("forward.safetensors"));
        Expected inputs = new Expected(folder.resolve("inputs.safetensors"))) {
      double[] times = values.doubles("forward.timesteps");
      double[] clean = inputs.doubles("clean");
      double[] noise = Arrays.copyOf(inputs.doubles("step_noise"), clean.length);
      int size = clean.length / times.length;
      NoiseSchedule plain = scaledLinear(false);
      NoiseSchedule zero = scaledLinear(true);
      double[] sigmas = plain.noiseToSignal();
      for (int i = 0; i < times.length; i++) {
        int t = (int) times[i];
        double[] c = Arrays.copyOfRange(clean, i * size, (i + 1) * size);
        double[] e = Arrays.copyOfRange(noise, i * size, (i + 1) * size);
        part(values, "ddpm", i, plain.noised(c, e, t));
        part(values, "velocity", i, plain.velocity(c, e, t));
        part(values, "zsnr", i, zero.noised(c, e, t));
        part(values, "zsnr_velocity", i, zero.velocity(c, e, t));
        part(values, "euler", i, Combination.of(1, c, sigmas[t], e));
      }
    }
  }

  private static void part(Expected values, String name, int i, double[] actual) {
    String full = values.has("forward." + name) ? "forward." + name : name;
    double[] expected = values.doubles(full);
    assertClose(
        name,
        actual,
        Arrays.copyOfRange(expected, i * actual.length, (i + 1) * actual.length),
        2e-5);
  }

  private static NoiseSchedule scaledLinear(boolean zero) throws IOException {
    return config(
            """
            {"_class_name": "DDIMScheduler", "num_train_timesteps": 1000, "beta_start": 0.00085,
             "beta_end": 0.012, "beta_schedule": "scaled_linear", "rescale_betas_zero_snr": %s}
            """
                .formatted(zero))
        .schedule();
  }

  private static SchedulerConfig config(String json) throws IOException {
    return SchedulerConfig.of(
        new JsonFields(Path.of("scheduler_config.json"), new ObjectMapper().readTree(json)));
  }

  /** With a perfect network every method ends at the picture, whatever its steps. */
  @Test
  void perfectPredictionsEndAtThePicture() throws IOException {
    double[] picture = {0.3, -0.7, 0.9, 0.05};
    for (String name :
        List.of(
            "DDPM",
            "DDIM",
            "EulerDiscrete",
            "EulerAncestralDiscrete",
            "DPMSolverMultistep",
            "LCM")) {
      SchedulerConfig config =
          config(
              "{\"_class_name\": \"%sScheduler\", \"prediction_type\": \"epsilon\", \"timestep_spacing\": \"trailing\", \"clip_sample\": false, \"timestep_scaling\": 1000}"
                  .formatted(name));
      for (int steps : new int[] {1, 3, 20}) {
        Sampler sampler = Sampler.of(config, steps, 1);
        double[] x = {1.2, 0.1, -0.4, 0.8};
        for (int i = 0; i < x.length; i++) {
          x[i] *= sampler.startScale();
        }
        for (int i = 0; i < steps; i++) {
          boolean levelled = sampler.levels().sigmas().length > 0;
          double sigma = levelled ? sampler.levels().sigmas()[i] : 0;
          int t = (int) sampler.levels().timesteps()[i];
          boolean scaled = sampler.startScale() != 1;
          double a = scaled ? 1 : levelled ? 1 / Math.hypot(1, sigma) : config.schedule().alpha(t);
          double s = scaled ? sigma : levelled ? sigma * a : config.schedule().sigma(t);
          double[] noise = new double[x.length];
          for (int j = 0; j < x.length; j++) {
            noise[j] = (x[j] - a * picture[j]) / s;
          }
          x = sampler.step(i, x, noise, at -> new double[picture.length]).next();
        }
        assertClose(name + " in " + steps, x, picture, 1e-4);
      }
    }
  }

  @Test
  void wrongOptionsSayWhich() {
    assertThatThrownBy(() -> config("{\"_class_name\": \"HeunDiscreteScheduler\"}"))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("_class_name");
    assertThatThrownBy(
            () -> config("{\"_class_name\": \"DDIMScheduler\", \"timestep_spacing\": \"odd\"}"))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("'odd'")
        .hasMessageContaining("trailing");
    assertThatThrownBy(
            () -> config("{\"_class_name\": \"DDIMScheduler\", \"num_train_timesteps\": -4}"))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("num_train_timesteps");
    assertThatThrownBy(
            () ->
                config("{\"_class_name\": \"DDIMScheduler\", \"beta_end\": 3, \"beta_start\": 2}"))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("signal");
  }
}
