package org.sememe.app.features;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.sememe.analysis.index.DictionarySummary;
import org.sememe.analysis.index.FeatureDetail;
import org.sememe.analysis.index.FeatureExample;
import org.sememe.analysis.index.FeatureIndex;
import org.sememe.app.studio.FeatureNotes;

/**
 * A source's folder as Neuronpedia exports it: {@code features/batch-N.jsonl.gz}, {@code
 * activations/batch-N.jsonl.gz} and, for features with a label of somebody's, {@code
 * explanations/batch-N.jsonl.gz}, an object a line. What an index does not have (neuron alignment,
 * logit histograms, vectors) is left out.
 */
final class NeuronpediaFolder {
  private static final int FEATURES_A_BATCH = 1_024;
  private static final JsonMapper JSON = new JsonMapper();

  private NeuronpediaFolder() {}

  static String json(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void write(FeatureIndex index, FeatureNotes notes, List<Integer> latents, Path folder)
      throws IOException {
    DictionarySummary summary = index.summary();
    Map<Integer, FeatureNotes.Note> written = notes.all();
    for (String kind : List.of("features", "activations", "explanations")) {
      Files.createDirectories(folder.resolve(kind));
    }
    for (int first = 0; first < latents.size(); first += FEATURES_A_BATCH) {
      String name = "batch-" + first / FEATURES_A_BATCH + ".jsonl.gz";
      List<Integer> batch =
          latents.subList(first, Math.min(latents.size(), first + FEATURES_A_BATCH));
      try (Writer features = lines(folder.resolve("features").resolve(name));
          Writer activations = lines(folder.resolve("activations").resolve(name));
          Writer explanations = lines(folder.resolve("explanations").resolve(name))) {
        for (int latent : batch) {
          FeatureDetail feature = index.feature(latent).orElseThrow();
          features.write(json(fields(summary, feature)) + "\n");
          for (FeatureExample example : feature.examples()) {
            activations.write(json(fields(summary, feature, example)) + "\n");
          }
          FeatureNotes.Note note = written.getOrDefault(latent, FeatureNotes.Note.NONE);
          if (!note.label().isEmpty()) {
            Map<String, Object> line = head(summary, latent);
            line.put("description", note.label());
            line.put("notes", note.note());
            explanations.write(json(line) + "\n");
          }
        }
      }
    }
  }

  private static Writer lines(Path file) throws IOException {
    return new BufferedWriter(
        new OutputStreamWriter(
            new GZIPOutputStream(Files.newOutputStream(file)), StandardCharsets.UTF_8));
  }

  private static Map<String, Object> head(DictionarySummary summary, int latent) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("modelId", summary.model());
    line.put("layer", summary.hook());
    line.put("index", Integer.toString(latent));
    return line;
  }

  private static Map<String, Object> fields(DictionarySummary summary, FeatureDetail feature) {
    Map<String, Object> line = head(summary, feature.latent());
    line.put("hookName", summary.hook());
    line.put("maxActApprox", feature.maxActivation());
    line.put("frac_nonzero", feature.density());
    line.put(
        "pos_str", feature.logits().raised().stream().map(FeatureDetail.Effect::token).toList());
    line.put(
        "pos_values",
        feature.logits().raised().stream().map(FeatureDetail.Effect::effect).toList());
    line.put(
        "neg_str", feature.logits().lowered().stream().map(FeatureDetail.Effect::token).toList());
    line.put(
        "neg_values",
        feature.logits().lowered().stream().map(FeatureDetail.Effect::effect).toList());
    List<Long> counts = feature.histogram().counts();
    double width = feature.maxActivation() / Math.max(1, counts.size());
    line.put(
        "freq_hist_data_bar_values",
        IntStream.range(0, counts.size()).mapToObj(i -> (i + 0.5) * width).toList());
    line.put("freq_hist_data_bar_heights", counts);
    line.put(
        "topkCosSimIndices",
        feature.neighbours().stream().map(FeatureDetail.Neighbour::latent).toList());
    line.put(
        "topkCosSimValues",
        feature.neighbours().stream().map(FeatureDetail.Neighbour::cosine).toList());
    return line;
  }

  private static Map<String, Object> fields(
      DictionarySummary summary, FeatureDetail feature, FeatureExample example) {
    FeatureDetail.Interval interval = feature.intervals().get(example.interval());
    boolean top = example.group().equals("top");
    Map<String, Object> line = head(summary, feature.latent());
    line.put("tokens", example.tokens());
    List<Float> values = new ArrayList<>();
    int most = 0;
    for (int i = 0; i < example.activations().length; i++) {
      values.add(example.activations()[i]);
      most = example.activations()[i] > example.activations()[most] ? i : most;
    }
    line.put("values", values);
    line.put("maxValue", values.get(most));
    line.put("maxValueTokenIndex", most);
    line.put("minValue", values.stream().min(Comparator.naturalOrder()).orElseThrow());
    line.put("qualifyingTokenIndex", example.peak());
    // The strongest belong to no interval.
    line.put("binMin", top ? -1 : interval.low());
    line.put("binMax", top ? -1 : interval.high());
    line.put("binContains", top ? -1 : share(interval.count(), feature.activeTokens()));
    example.document().ifPresent(name -> line.put("dataSource", name));
    return line;
  }

  private static double share(long count, long active) {
    return active == 0 ? 0 : (double) count / active;
  }

  /** Takes away what was written, a file or a folder. */
  static void remove(Path what) throws IOException {
    if (!Files.exists(what)) {
      return;
    }
    try (Stream<Path> all = Files.walk(what)) {
      for (Path one : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(one);
      }
    }
  }
}
