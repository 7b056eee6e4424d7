package org.sememe.sae.objective;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import org.bytedeco.pytorch.Tensor;
import org.sememe.tensors.safetensors.SafetensorsFile;

/** One case of a library's training-time forward pass, with its parameters by our names. */
public record ForwardCase(Path folder, JsonNode expected, SequencedMap<String, Tensor> tensors) {
  /** A parameter by our name, and whether theirs is its transpose. */
  record Ours(String name, boolean transposed) {}

  private static final Map<String, Ours> PARAMETERS =
      Map.ofEntries(
          Map.entry("W_enc", new Ours(ParameterNames.W_ENC, true)),
          Map.entry("encoder.weight", new Ours(ParameterNames.W_ENC, false)),
          Map.entry("W_dec", new Ours(ParameterNames.W_DEC, false)),
          Map.entry("decoder.weight", new Ours(ParameterNames.W_DEC, true)),
          Map.entry("b_enc", new Ours(ParameterNames.B_ENC, false)),
          Map.entry("encoder.bias", new Ours(ParameterNames.B_ENC, false)),
          Map.entry("gate_bias", new Ours(ParameterNames.B_ENC, false)),
          Map.entry("b_gate", new Ours(ParameterNames.B_ENC, false)),
          Map.entry("b_dec", new Ours(ParameterNames.B_DEC, false)),
          Map.entry("bias", new Ours(ParameterNames.B_DEC, false)),
          Map.entry("decoder.bias", new Ours(ParameterNames.B_DEC, false)),
          Map.entry("decoder_bias", new Ours(ParameterNames.B_DEC, false)),
          Map.entry("threshold", new Ours(ParameterNames.THRESHOLD, false)),
          Map.entry("r_mag", new Ours(ParameterNames.R_MAG, false)),
          Map.entry("b_mag", new Ours(ParameterNames.B_MAG, false)),
          Map.entry("mag_bias", new Ours(ParameterNames.B_MAG, false)),
          Map.entry("W_skip", new Ours(ParameterNames.W_SKIP, false)));

  static ForwardCase read(Path folder) throws IOException {
    SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
    try (SafetensorsFile file = SafetensorsFile.open(folder.resolve("case.safetensors"))) {
      for (String name : file.names()) {
        tensors.put(name, file.tensor(name));
      }
    }
    return new ForwardCase(
        folder, new ObjectMapper().readTree(folder.resolve("expected.json").toFile()), tensors);
  }

  JsonNode config() {
    return expected.path("config");
  }

  Tensor tensor(String name) {
    return find(name).orElseThrow(() -> new AssertionError(folder + " has no " + name));
  }

  Optional<Tensor> find(String name) {
    return Optional.ofNullable(tensors.get(name));
  }

  Tensor x() {
    return tensor("x");
  }

  Tensor target() {
    return find("y").orElse(x());
  }

  int width() {
    return (int) target().size(1);
  }

  public Map<String, Tensor> parameters() {
    return ours("param.");
  }

  /** Plain autograd's where the library's gradient is another. */
  Map<String, Tensor> gradients() {
    Map<String, Tensor> gradients = new LinkedHashMap<>(ours("grad.library."));
    gradients.putAll(ours("grad.autograd."));
    return gradients;
  }

  /** Names that begin with {@code prefix}, without it. */
  List<String> names(String prefix) {
    return tensors.keySet().stream()
        .filter(name -> name.startsWith(prefix))
        .map(name -> name.substring(prefix.length()))
        .toList();
  }

  private Map<String, Tensor> ours(String prefix) {
    Map<String, Tensor> ours = new LinkedHashMap<>();
    for (String name : names(prefix)) {
      Ours known = PARAMETERS.get(name);
      if (known == null) {
        throw new AssertionError(folder + ": unknown parameter " + name);
      }
      Tensor theirs = tensor(prefix + name);
      ours.put(known.name(), known.transposed() ? theirs.t().contiguous() : theirs);
    }
    return ours;
  }
}
