package org.sememe.sae;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.sae.fold.FittedInput;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.JsonFile;
import org.sememe.tensors.safetensors.SafetensorsFile;

/** What SAELens scaled inputs by, beside a checkpoint in the midst of training. */
public final class SaeLensScaler {
  private static final String FILE = "activation_scaler.json";
  private static final String WHITENING = "activation_whitening.safetensors";
  private static final ObjectMapper JSON = new ObjectMapper();

  private SaeLensScaler() {}

  /** The scale or whitening in a folder; empty where there is none. */
  public static Optional<FittedInput> read(Path folder, int width) throws IOException {
    Path file = folder.resolve(FILE);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    JsonNode json = JsonFile.read(JSON, file);
    if (json.path("has_whitening").asBoolean(false)) {
      return Optional.of(whitening(folder.resolve(WHITENING), width));
    }
    JsonNode scale = json.path("scaling_factor");
    if (scale.isNull()) {
      return Optional.empty();
    }
    if (!scale.isNumber() || !(scale.asDouble() > 0) || !Double.isFinite(scale.asDouble())) {
      throw new FormatException(file, 0, "\"scaling_factor\" is not a number above 0");
    }
    return Optional.of(FittedInput.scaled(scale.asDouble()));
  }

  private static FittedInput whitening(Path file, long d) throws IOException {
    try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
      return new FittedInput.Whitened(
          doubles(tensors, "mean", List.of(d)),
          doubles(tensors, "matrix", List.of(d, d)),
          doubles(tensors, "inverse_matrix", List.of(d, d)));
    }
  }

  private static Tensor doubles(SafetensorsFile file, String name, List<Long> shape)
      throws FormatException {
    if (!file.names().contains(name)
        || !file.info(name).shape().equals(shape)
        || !file.readable(name)) {
      throw new FormatException(file.path(), 0, "no tensor \"" + name + "\" of shape " + shape);
    }
    return file.tensor(name).to(ScalarType.Double).clone(); // outlives the file
  }
}
