package org.sememe.sae.dictionary;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * What is known of a dictionary.
 *
 * @param library whose files it came from
 * @param architecture as that library calls it
 * @param kind what it reads and reconstructs
 * @param model the model's name; empty if not known
 * @param input what it reads
 * @param output what it reconstructs
 * @param latents F, of each site where sites have their own
 * @param sparsity which latents are active, such as {@code topk}
 * @param k latents active a row, on average where the batch decides; empty where thresholds decide
 * @param normalisation what training did to inputs, such as {@code layer_norm} or {@code none}
 * @param folded whether that is in the weights or was nothing; if not, it is applied to each row
 * @param files that were read
 * @param notes what a reader should know before trusting it
 */
public record DictionaryFacts(
    String library,
    String architecture,
    Kind kind,
    String model,
    Sites input,
    Sites output,
    long latents,
    String sparsity,
    OptionalDouble k,
    String normalisation,
    boolean folded,
    List<Path> files,
    List<String> notes) {
  public DictionaryFacts {
    files = List.copyOf(files);
    notes = List.copyOf(notes);
  }

  /** This with another note. */
  public DictionaryFacts noted(String note) {
    List<String> more = new ArrayList<>(notes);
    more.add(note);
    return new DictionaryFacts(
        library,
        architecture,
        kind,
        model,
        input,
        output,
        latents,
        sparsity,
        k,
        normalisation,
        folded,
        files,
        more);
  }

  /** The facts by name, as {@code --json} prints them. */
  public Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("library", library);
    fields.put("architecture", architecture);
    fields.put("kind", kind.key());
    fields.put("latents", latents);
    fields.put("width", input.width());
    fields.put("sparsity", sparsity);
    k.ifPresent(
        value -> fields.put("k", value == Math.rint(value) ? (Object) (long) value : value));
    fields.put("hook", String.join(",", input.hooks()));
    fields.put("hook_out", String.join(",", output.hooks()));
    fields.put("input_shape", input.shape());
    fields.put("output_shape", output.shape());
    fields.put("model", model);
    fields.put("normalisation", normalisation);
    fields.put("folded", folded);
    fields.put("files", files.stream().map(Path::toString).toList());
    fields.put("notes", notes);
    return fields;
  }
}
