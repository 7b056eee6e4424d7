package org.sememe.sae.formats.export;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.sae.dictionary.DictionaryFacts;
import org.sememe.sae.fold.RowNormalisation;
import org.sememe.tensors.AtomicFile;
import org.sememe.tensors.TensorMemory;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.Yaml;

/** Configuration files of layouts. */
final class Layout {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Layout() {}

  /** Writes an object, after the weights that it describes. */
  static void json(Path file, Map<String, ?> fields) throws IOException {
    AtomicFile.write(file, out -> JSON.writerWithDefaultPrettyPrinter().writeValue(out, fields));
  }

  /** Likewise, in YAML. */
  static void yaml(Path file, Map<String, ?> fields) throws IOException {
    DumperOptions style = new DumperOptions();
    style.setDefaultFlowStyle(DumperOptions.FlowStyle.BLOCK);
    byte[] text = new Yaml(style).dump(fields).getBytes(StandardCharsets.UTF_8);
    AtomicFile.write(file, out -> out.write(text));
  }

  /** A number as libraries keep it beside the weights: a tensor without dimensions. */
  static Tensor scalar(double value, ScalarType type) {
    return torch.full(new long[0], new Scalar(value)).to(type);
  }

  /** SAELens's name of what is done to rows. */
  static String normalisation(RowNormalisation rows) {
    return switch (rows) {
      case NONE -> "none";
      case LAYER_NORM -> "layer_norm";
      case CONSTANT_NORM -> "constant_norm_rescale";
    };
  }

  /** SAELens's metadata of a dictionary, with more. */
  static Map<String, Object> metadata(DictionaryFacts facts, String library, Map<String, ?> more) {
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("model_name", facts.model());
    metadata.put("hook_name", facts.input().hooks().stream().findFirst().orElse(""));
    metadata.put("hook_name_out", facts.output().hooks().stream().findFirst().orElse(""));
    metadata.put("library", library);
    metadata.putAll(more);
    return metadata;
  }

  /** Sizes of a tensor. */
  static List<Long> shape(Tensor tensor) {
    return Arrays.stream(TensorMemory.shape(tensor)).boxed().toList();
  }
}
