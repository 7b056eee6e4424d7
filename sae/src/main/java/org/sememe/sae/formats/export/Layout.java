package org.sememe.sae.formats.export;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.sememe.sae.dictionary.DictionaryFacts;
import org.sememe.sae.fold.RowNormalisation;
import org.sememe.tensors.AtomicFile;
import org.sememe.tensors.TensorMemory;

/** Configuration files of layouts. */
final class Layout {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Layout() {}

  /** Writes an object, after the weights that it describes. */
  static void json(Path file, Map<String, ?> fields) throws IOException {
    AtomicFile.write(file, out -> JSON.writerWithDefaultPrettyPrinter().writeValue(out, fields));
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
