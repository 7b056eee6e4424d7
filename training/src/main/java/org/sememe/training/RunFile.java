package org.sememe.training;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.sememe.tensors.AtomicFile;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.JsonFile;
import org.sememe.tensors.Torch;

/**
 * {@code run.json}: everything needed to repeat a run.
 *
 * @param provenance where the rows come from
 * @param options as they were given
 */
record RunFile(Provenance provenance, TrainOptions options) {
  static final String NAME = "run.json";

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Writes the file, with what the automatic options come to and the versions that matter. */
  void write(Path folder, TrainPlan plan) throws IOException {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("provenance", provenance);
    fields.put("options", options.toMap());
    Map<String, Object> planned = new LinkedHashMap<>();
    planned.put("width", plan.width());
    planned.put("learning_rate", plan.learningRate());
    planned.put("steps", plan.schedule().steps());
    planned.put("warmup_steps", plan.schedule().warmupSteps());
    planned.put("decay_steps", plan.schedule().decaySteps());
    planned.put("dead_tokens", plan.deadTokens());
    planned.put("aux_k", plan.auxK());
    planned.put("threshold_start", plan.thresholdStart());
    planned.put("threshold_beta", plan.thresholdBeta());
    fields.put("plan", planned);
    Map<String, Object> versions = new LinkedHashMap<>();
    versions.put("java", Runtime.version().toString());
    versions.put("libtorch", String.valueOf(Tensor.class.getPackage().getImplementationVersion()));
    versions.put("threads", Torch.threads());
    fields.put("versions", versions);
    Files.createDirectories(folder);
    AtomicFile.write(
        folder.resolve(NAME), out -> JSON.writerWithDefaultPrettyPrinter().writeValue(out, fields));
  }

  static RunFile read(Path folder) throws IOException {
    Path file = folder.resolve(NAME);
    try {
      JsonNode json = JsonFile.read(JSON, file);
      Provenance provenance = JSON.treeToValue(json.path("provenance"), Provenance.class);
      if (provenance == null || !json.path("options").isObject()) {
        throw new FormatException(file, 0, "not a run of this version");
      }
      JsonNode given = json.path("options");
      TrainOptions options =
          TrainOptions.of(
              given.path("latents").asInt(),
              given.path("k").asInt(),
              given.path("tokens").asLong());
      Map<String, String> written = new LinkedHashMap<>();
      given.properties().forEach(one -> written.put(one.getKey(), one.getValue().asText()));
      return new RunFile(provenance, options.with(written));
    } catch (NoSuchFileException e) {
      throw new IOException(folder + ": no run there (no " + NAME + ")", e);
    } catch (JsonProcessingException e) {
      throw new FormatException(file, 0, e.getOriginalMessage());
    } catch (IllegalArgumentException e) {
      throw new FormatException(file, 0, String.valueOf(e.getMessage()));
    }
  }
}
