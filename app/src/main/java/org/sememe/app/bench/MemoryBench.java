package org.sememe.app.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How much memory a training step needs beside weights and optimiser, each number from a process of
 * its own that is started as this one was; and how its time grows with the number of latents.
 *
 * @param width d of synthetic rows
 * @param latents F
 * @param k active latents a row
 * @param batch rows a step
 * @param deadTokens rows after which a latent is dead and AuxK has work
 * @param steps of each process, the first of which is not timed; at least 2
 * @param threads of each process
 */
public record MemoryBench(
    int width, int latents, int k, int batch, long deadTokens, int steps, int threads) {
  /** How much above the proportional time still counts as proportional: a timing's noise. */
  private static final double TOLERANCE = 0.1;

  /** A part of which the peak does not fall short by more than this share is where it was met. */
  private static final double AT_PEAK = 0.995;

  /** Checks the ranges. */
  public MemoryBench {
    if (width < 1 || latents < 1 || k < 1 || k > latents || batch < 1) {
      throw new IllegalArgumentException(
          "d, latents and batch must be at least 1, and k from 1 to latents (" + latents + ")");
    }
    if (steps < 2) {
      throw new IllegalArgumentException("steps must be at least 2: the first is not timed");
    }
  }

  /** What was measured; fields as scripts read them. */
  public Map<String, Object> run() throws IOException {
    JsonNode empty = probe(MemoryProbe.arguments(threads));
    JsonNode full = trained(latents);
    double baseline = peak(empty.path("parts").path(0));
    double weights = full.path("weights_mb").asDouble();
    double optimiser = full.path("optimiser_mb").asDouble();
    JsonNode parts = full.path("parts");
    double peak = largestPeak(parts);
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("shape", shape());
    fields.put("rows", "one batch, " + SyntheticRows.WHAT);
    fields.put("weights_mb", weights);
    fields.put("optimiser_mb", optimiser);
    fields.put("baseline_mb", baseline);
    fields.put("peak_mb", peak);
    fields.put("over_mb", peak - weights - optimiser);
    fields.put("over_baseline_mb", peak - weights - optimiser - baseline);
    fields.put("peak_met_in", metIn(parts, peak));
    fields.put("parts", parts(parts));
    fields.put("dead", full.path("dead").asInt());
    fields.put("step_s", step(full));
    fields.put("repetitions", steps - 1);
    fields.put("threads", threads);
    fields.put("cpu", Cpu.name());
    return fields;
  }

  /**
   * A step's time at several numbers of latents.
   *
   * @param widths numbers of latents, ascending
   */
  public Map<String, Object> sweep(List<Integer> widths) throws IOException {
    List<Map<String, Object>> points = new ArrayList<>();
    boolean linear = true;
    double before = Double.POSITIVE_INFINITY;
    for (int count : widths) {
      JsonNode one = trained(count);
      double each = step(one) / count;
      linear &= each <= before * (1 + TOLERANCE);
      before = each;
      Map<String, Object> point = new LinkedHashMap<>();
      point.put("latents", count);
      point.put("step_s", step(one));
      point.put("us_per_latent", each * 1e6);
      point.put("peak_mb", largestPeak(one.path("parts")));
      points.add(point);
    }
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("sweep", points);
    fields.put("no_faster_than_linear", linear);
    fields.put("tolerance", TOLERANCE);
    return fields;
  }

  private Map<String, Object> shape() {
    Map<String, Object> shape = new LinkedHashMap<>();
    shape.put("d", width);
    shape.put("latents", latents);
    shape.put("k", k);
    shape.put("batch", batch);
    shape.put("architecture", "topk");
    return shape;
  }

  private JsonNode trained(int count) throws IOException {
    return probe(
        MemoryProbe.arguments(threads, width, count, Math.min(k, count), batch, deadTokens, steps));
  }

  private static JsonNode probe(List<String> arguments) throws IOException {
    Child child = Child.run(Child.likeThisOne(MemoryProbe.class.getName(), arguments));
    JsonNode fields = new ObjectMapper().readTree(child.out());
    if (!fields.path("parts").path(0).has("peak_mb")) {
      throw new IOException("this system does not tell a process's resident size");
    }
    return fields;
  }

  private static double peak(JsonNode part) {
    return part.path("peak_mb").asDouble();
  }

  /** The kernel's own count may fall by some pages: the last is not always the largest. */
  private static double largestPeak(JsonNode parts) {
    double largest = 0;
    for (JsonNode part : parts) {
      largest = Math.max(largest, peak(part));
    }
    return largest;
  }

  /** The median of the steps after the first. */
  private static double step(JsonNode fields) {
    List<Double> seconds = new ArrayList<>();
    fields.path("steps_s").forEach(value -> seconds.add(value.asDouble()));
    return Median.of(seconds.subList(1, seconds.size()), Double::doubleValue);
  }

  private static String metIn(JsonNode parts, double peak) {
    for (JsonNode part : parts) {
      if (peak(part) >= AT_PEAK * peak) {
        return part.path("after").asText();
      }
    }
    throw new IllegalStateException("no part has the peak");
  }

  private static Map<String, Object> parts(JsonNode parts) {
    Map<String, Object> fields = new LinkedHashMap<>();
    for (JsonNode part : parts) {
      Map<String, Object> sizes = new LinkedHashMap<>();
      sizes.put("now_mb", part.path("now_mb").asDouble());
      sizes.put("peak_mb", peak(part));
      sizes.put("heap_mb", part.path("heap_mb").asDouble());
      fields.put(part.path("after").asText().replace(' ', '_'), sizes);
    }
    return fields;
  }
}
