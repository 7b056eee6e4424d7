package org.sememe.sae.formats;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.sememe.sae.Sparsity;
import org.sememe.sae.StoredWeights;
import org.sememe.sae.dictionary.CoderParts;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.sae.dictionary.Kind;
import org.sememe.sae.dictionary.Selection;
import org.sememe.sae.dictionary.SparseCoder;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.JsonFields;
import org.sememe.tensors.TensorMemory;

/**
 * oli-clive-griffin/crosscode: {@code model.pt} beside {@code model_cfg.yaml}. Inputs and outputs
 * have any dimensions before the width. TopK, batch top-k and group-max keep values below 0. Where
 * {@code is_folded} is false, inputs are to be scaled by who calls.
 */
final class CrosscodeFormat implements Format {
  private static final String CONFIG = "model_cfg.yaml";
  private static final String ENCODER = "_W_enc_XiDiL";
  private static final String DECODER = "_W_dec_LXoDo";
  private static final String ENCODER_BIAS = "b_enc_L";
  private static final String DECODER_BIAS = "_b_dec_XoDo";
  private static final String LOG_THRESHOLD = "_activation_fn.log_threshold_L";
  private static final List<String> SKIPS = List.of("W_skip_DD", "W_skip_DPD");
  private static final String IS_FOLDED = "is_folded";

  @Override
  public boolean recognises(Checkpoint checkpoint) {
    return checkpoint.weights().has(ENCODER, DECODER);
  }

  @Override
  public Dictionary read(Checkpoint checkpoint, LoadOptions options) throws IOException {
    JsonFields config =
        checkpoint
            .config(CONFIG)
            .orElseThrow(
                () -> new FormatException(checkpoint.file(), 0, "needs " + CONFIG + " beside it"));
    StoredWeights weights = checkpoint.weights();
    List<Long> encoderShape = weights.shape(ENCODER);
    List<Long> decoderShape = weights.shape(DECODER);
    List<Long> in = encoderShape.subList(0, Math.max(0, encoderShape.size() - 1));
    List<Long> out = decoderShape.subList(Math.min(1, decoderShape.size()), decoderShape.size());
    if (in.isEmpty() || out.isEmpty() || config.count("d_model") != in.getLast()) {
      throw config.wrong("d_model", "the width of the weights " + encoderShape);
    }
    int f = config.count("n_latents");
    long inputs = product(in);
    long outputs = product(out);
    Linear linear =
        new Linear(
            weights.floats(ENCODER, array(in, f, false)).reshape(inputs, f).t().contiguous(),
            weights.has(ENCODER_BIAS)
                ? weights.floats(ENCODER_BIAS, f)
                : TensorMemory.floats(new float[f], f),
            weights.floats(DECODER, array(out, f, true)).reshape(f, outputs).contiguous(),
            weights.has(DECODER_BIAS)
                ? weights
                    .floats(DECODER_BIAS, out.stream().mapToLong(Long::longValue).toArray())
                    .reshape(outputs)
                : TensorMemory.floats(new float[Math.toIntExact(outputs)], outputs));
    Optional<Tensor> skip = skip(checkpoint.file(), weights, inputs, outputs);
    boolean folded = weights.has(IS_FOLDED) && weights.stored(IS_FOLDED).item_bool();
    JsonFields activation = config.object("activation_fn");
    String name = activation.text("classname");
    Description description =
        new Description(checkpoint, "crosscode", name)
            .kind(kind(in, out, skip))
            .model("", options)
            .hook("", options)
            .folded("dataset-wise");
    if (!folded) {
      description
          .perRow("as the caller's")
          .note("is_folded is false: inputs are to be scaled as in training, by who calls");
    }
    Selection selection = selection(weights, activation, name, description, f);
    weights.requireNoOthers(other -> other.startsWith("folded_scaling_factors"));
    if (in.size() == 1 && out.equals(in) && skip.isEmpty()) {
      if (selection instanceof Selection.Relu) {
        return linear.autoencoder(description, new Sparsity.Relu(), false, Optional.empty());
      }
      if (selection instanceof Selection.Above(Tensor thresholds)) {
        return linear.autoencoder(
            description, new Sparsity.JumpRelu(), false, Optional.of(thresholds));
      }
    }
    CoderParts parts = linear.parts(selection).skipping(skip);
    return new SparseCoder(
        description.facts(f, in, out, selection.key(), selection.active()), parts);
  }

  private static Kind kind(List<Long> in, List<Long> out, Optional<Tensor> skip) {
    if (in.size() > 1) {
      return Kind.CROSSCODER;
    }
    if (out.size() > 1) {
      return Kind.CROSS_LAYER_TRANSCODER;
    }
    return out.equals(in) && skip.isEmpty() ? Kind.AUTOENCODER : Kind.TRANSCODER;
  }

  private static Optional<Tensor> skip(Path file, StoredWeights weights, long inputs, long outputs)
      throws FormatException {
    for (String name : SKIPS) {
      if (weights.has(name)) {
        long[] shape = weights.shape(name).stream().mapToLong(Long::longValue).toArray();
        Tensor tensor = weights.floats(name, shape);
        if (tensor.numel() != inputs * outputs) {
          throw new FormatException(
              file, 0, name + " does not lead from " + inputs + " inputs to " + outputs);
        }
        return Optional.of(tensor.reshape(inputs, outputs).contiguous());
      }
    }
    return Optional.empty();
  }

  private static Selection selection(
      StoredWeights weights, JsonFields activation, String name, Description description, int f)
      throws FormatException {
    JsonFields settings = activation.object("cfg");
    return switch (name) {
      case "ReLUActivation" -> new Selection.Relu();
      case "AnthropicSTEJumpReLUActivation" ->
          new Selection.Above(weights.floats(LOG_THRESHOLD, f).exp());
      case "TopkActivation" -> new Selection.TopK(description.atMost(settings.count("k"), f), true);
      case "BatchTopkActivation" ->
          new Selection.BatchTopK(description.atMost(settings.count("k_per_example"), f), true);
      case "GroupMaxActivation" -> {
        int groups = description.atMost(settings.count("k_groups"), f);
        if (f % groups != 0) {
          throw settings.wrong("k_groups", "a divisor of the number of latents, " + f);
        }
        yield new Selection.GroupMax(groups, true);
      }
      default -> throw activation.wrong("classname", "an activation that is known, but " + name);
    };
  }

  private static long product(List<Long> shape) {
    return shape.stream().reduce(1L, Math::multiplyExact);
  }

  /** A row's shape with the latents after it, or before. */
  private static long[] array(List<Long> row, long latents, boolean first) {
    List<Long> all = new ArrayList<>(row);
    all.add(first ? 0 : all.size(), latents);
    return all.stream().mapToLong(Long::longValue).toArray();
  }
}
