package org.sememe.sae.formats.export;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.sememe.sae.dictionary.CoderParts;
import org.sememe.sae.dictionary.Decoding;
import org.sememe.sae.dictionary.DictionaryFacts;
import org.sememe.sae.dictionary.Encoding;
import org.sememe.sae.dictionary.Kind;
import org.sememe.sae.dictionary.Selection;
import org.sememe.sae.dictionary.SparseCoder;
import org.sememe.sae.fold.RowNormalisation;
import org.sememe.tensors.safetensors.SafetensorsWriter;

/**
 * A {@link SparseCoder} on disk: a transcoder that SAELens has in SAELens's layout, anything else
 * in our own of the same two files, whose {@code architecture} is {@value #ARCHITECTURE}
 * (docs/formats.md). Stateless, thread-safe.
 */
public final class CoderFiles {
  /** The architecture that our own layout names. */
  public static final String ARCHITECTURE = "sparse_coder";

  private static final String FORMAT = "sememe";

  private CoderFiles() {}

  /**
   * Writes both files, each whole or not at all, the configuration last.
   *
   * @param metadata what else is to be kept, in the configuration's {@code metadata}
   * @throws NotExpressibleException if its parts are none of those that training makes
   */
  public static void save(SparseCoder coder, Map<String, ?> metadata, Path folder)
      throws IOException {
    Files.createDirectories(folder);
    try (PointerScope scope = new PointerScope()) {
      if (SaeLensExport.hasTranscoder(coder)) {
        SaeLensExport.transcoder(
            Portable.of(coder, FORMAT, /* crosses= */ false), metadata, folder);
        return;
      }
      SequencedMap<String, Tensor> weights = new LinkedHashMap<>();
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("architecture", ARCHITECTURE);
      describe(coder, weights, fields);
      fields.put(
          "metadata", Layout.metadata(coder.facts(), FORMAT, folded(metadata, coder.facts())));
      SafetensorsWriter.write(folder.resolve("sae_weights.safetensors"), weights, Map.of());
      Layout.json(folder.resolve("cfg.json"), fields);
    }
  }

  /** Whether SAELens has no layout for it. */
  static boolean needed(SparseCoder coder) {
    boolean transcoder = coder.facts().kind() == Kind.TRANSCODER;
    boolean plain =
        coder.parts().selection() instanceof Selection.Relu
            || coder.parts().selection() instanceof Selection.Above;
    return !Portable.expresses(coder) || transcoder && !plain;
  }

  private static Map<String, Object> folded(Map<String, ?> metadata, DictionaryFacts facts) {
    Map<String, Object> all = new LinkedHashMap<>(metadata);
    all.put("hook_names", facts.input().hooks());
    all.put("hook_names_out", facts.output().hooks());
    return all;
  }

  private static void describe(
      SparseCoder coder, SequencedMap<String, Tensor> weights, Map<String, Object> fields)
      throws NotExpressibleException {
    DictionaryFacts facts = coder.facts();
    CoderParts parts = coder.parts();
    boolean rowsAsTrained =
        parts.rows() == RowNormalisation.NONE
            || parts.undone() == (facts.kind() == Kind.AUTOENCODER);
    boolean kind =
        switch (facts.kind()) {
          case AUTOENCODER, TRANSCODER, CROSSCODER -> true;
          case CROSS_LAYER_TRANSCODER, TEMPORAL -> false;
        };
    boolean known = kind && rowsAsTrained;
    if (!known || !(parts.decoding() instanceof Decoding.Joint decoding)) {
      throw none(facts);
    }
    boolean weighted = parts.importance().isPresent();
    fields.put("kind", facts.kind().key());
    switch (parts.encoding()) {
      case Encoding.Joint dense when dense.gate().isEmpty() && ofLatents(parts.importance()) -> {
        fields.put("encoder", "dense");
        JointWeights joint = JointWeights.of(parts, dense, decoding);
        put(weights, "enc", joint.encoder(), joint.encoderBias());
        weights.put("W_dec", joint.decoder().contiguous());
      }
      case Encoding.Kronecker(var first, var second, int heads, var scale) when !weighted -> {
        fields.put("encoder", "kronecker");
        fields.put("heads", heads);
        fields.put("first", first.latents() / heads);
        fields.put("second", second.latents() / heads);
        put(weights, "P", first.weight(), first.bias());
        put(weights, "Q", second.weight(), second.bias());
        scale.ifPresent(each -> weights.put("scale", each.contiguous()));
      }
      case Encoding.Routed(var experts, var router) when !weighted -> {
        fields.put("encoder", "switch");
        fields.put("experts", router.latents());
        put(weights, "enc", experts.weight(), experts.bias());
        put(weights, "router", router.weight(), router.bias());
      }
      default -> throw none(facts);
    }
    weights.putIfAbsent("W_dec", decoding.weight().contiguous());
    weights.put("b_dec", decoding.bias().contiguous());
    parts.skip().ifPresent(skip -> weights.put("W_skip", skip.t().contiguous()));
    fields.put("activation", activation(facts, parts.selection()));
    OptionalDouble k = parts.selection().active();
    k.ifPresent(value -> fields.put("k", (int) value));
    if (parts.selection() instanceof Selection.Above(Tensor thresholds)) {
      weights.put("threshold", thresholds.contiguous());
    }
    fields.put("skip", parts.skip().isPresent());
    fields.put("scale", weights.containsKey("scale"));
    fields.put("d_in", facts.input().values());
    fields.put("d_sae", facts.latents());
    fields.put("d_out", facts.output().values());
    fields.put("input_shape", facts.input().shape());
    fields.put("output_shape", facts.output().shape());
    fields.put("dtype", "float32");
    fields.put("device", "cpu");
    fields.put("apply_b_dec_to_input", false);
    fields.put("normalize_activations", Layout.normalisation(parts.rows()));
  }

  /** Whether there is one weight a latent, or none: sites with weights of their own do not fold. */
  private static boolean ofLatents(Optional<Tensor> importance) {
    return importance.isEmpty() || importance.get().dim() == 1;
  }

  /** As SAELens has matrices: from a row of inputs to one of outputs. */
  private static void put(
      SequencedMap<String, Tensor> weights, String name, Tensor weight, Tensor bias) {
    weights.put("W_" + name, weight.t().contiguous());
    weights.put("b_" + name, bias.contiguous());
  }

  private static String activation(DictionaryFacts facts, Selection selection)
      throws NotExpressibleException {
    boolean known =
        switch (selection) {
          case Selection.Relu _, Selection.AbsTopK _ -> true;
          case Selection.Above(Tensor thresholds) ->
              List.of(facts.latents()).equals(Layout.shape(thresholds));
          case Selection.TopK(int _, boolean signed) -> !signed;
          case Selection.GroupMax(int _, boolean signed) -> !signed;
          default -> false;
        };
    if (!known) {
      throw none(facts);
    }
    return selection.key();
  }

  private static NotExpressibleException none(DictionaryFacts facts) {
    return new NotExpressibleException(
        FORMAT,
        "a " + facts.kind().key() + " (" + facts.architecture() + ")",
        "use it where it lies; info and encode read it");
  }
}
