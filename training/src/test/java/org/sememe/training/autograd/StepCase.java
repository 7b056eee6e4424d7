package org.sememe.training.autograd;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import org.bytedeco.pytorch.Tensor;
import org.sememe.sae.objective.ForwardCase;
import org.sememe.tensors.safetensors.SafetensorsFile;

/** Five steps of a library's trainer. */
record StepCase(
    Path folder,
    JsonNode expected,
    Map<String, Tensor> init,
    Map<String, Tensor> batches,
    Map<String, Tensor> after) {

  static StepCase read(Path folder) throws IOException {
    return new StepCase(
        folder,
        new ObjectMapper().readTree(folder.resolve("expected.json").toFile()),
        tensors(folder.resolve("init.safetensors")),
        tensors(folder.resolve("batches.safetensors")),
        tensors(folder.resolve("steps.safetensors")));
  }

  private static Map<String, Tensor> tensors(Path path) throws IOException {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      for (String name : file.names()) {
        tensors.put(name, file.tensor(name).clone());
      }
    }
    return tensors;
  }

  JsonNode config() {
    return expected.path("config");
  }

  JsonNode trainer() {
    return expected.path("trainer_config");
  }

  int steps() {
    return expected.path("learning_rates").size();
  }

  /** Batches before the first step, from which its inputs' normalisation is estimated. */
  int estimated() {
    return (int) batches.keySet().stream().filter(name -> name.startsWith("x")).count() - steps();
  }

  Tensor x(int step) {
    return batches.get("x" + (estimated() + step));
  }

  Optional<Tensor> y(int step) {
    return Optional.ofNullable(batches.get("y" + (estimated() + step)));
  }

  Optional<Tensor> find(int step, String name) {
    return Optional.ofNullable(after.get((step + 1) + "." + name));
  }

  /** The tensors that begin with a prefix and end with a suffix, by our names and latent-major. */
  Map<String, Tensor> ours(Map<String, Tensor> all, String prefix, String suffix) {
    SequencedMap<String, Tensor> chosen = new LinkedHashMap<>();
    all.forEach(
        (name, tensor) -> {
          if (name.startsWith(prefix)
              && name.endsWith(suffix)
              && (suffix.isEmpty() || name.length() > prefix.length() + suffix.length())) {
            String inner = name.substring(prefix.length(), name.length() - suffix.length());
            chosen.put("param." + inner, tensor);
          }
        });
    return new ForwardCase(folder, expected, chosen).parameters();
  }

  /** A forward pass as the libraries' mappers read one: the step's rows and what it began with. */
  ForwardCase forward(Tensor x, Tensor y, ObjectNode said, Map<String, Tensor> state) {
    SequencedMap<String, Tensor> tensors = new LinkedHashMap<>(state);
    init.forEach(
        (name, tensor) -> {
          if (name.startsWith("param.")) {
            tensors.put(name, tensor);
          }
        });
    tensors.put("x", x);
    tensors.put("y", y);
    return new ForwardCase(folder, said, tensors);
  }
}
