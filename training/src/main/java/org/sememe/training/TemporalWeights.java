package org.sememe.training;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.sememe.sae.dictionary.Selection;
import org.sememe.sae.dictionary.TemporalCoder;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;

/**
 * What a temporal dictionary has beside a plain one's weights, by the names that SAELens has for
 * them: for each layer queries, keys, values and their map back to codes.
 *
 * @param options of the run
 */
record TemporalWeights(TrainOptions options) {
  private static final String WEIGHT = ".weight";
  private static final String BIAS = ".bias";

  /** The maps of all layers: name to outputs, each from all latents. */
  private SequencedMap<String, Integer> maps() {
    SequencedMap<String, Integer> maps = new LinkedHashMap<>();
    for (int layer = 0; layer < options.temporal().attentionLayers(); layer++) {
      for (String map : List.of("q_target", "k_ctx", "v_ctx", "c_proj")) {
        boolean narrow = map.startsWith("q") || map.startsWith("k");
        int outputs = narrow ? options.temporal().narrow(options.latents()) : options.latents();
        maps.put(name(layer, map), outputs);
      }
    }
    return maps;
  }

  private static String name(int layer, String map) {
    return "attn_layers." + layer + "." + map;
  }

  /** Shapes by name; none for rows alone. */
  SequencedMap<String, long[]> shapes() {
    SequencedMap<String, long[]> shapes = new LinkedHashMap<>();
    if (options.temporal().wanted()) {
      maps()
          .forEach(
              (name, outputs) -> {
                shapes.put(name + WEIGHT, new long[] {outputs, options.latents()});
                shapes.put(name + BIAS, new long[] {outputs});
              });
    }
    return shapes;
  }

  /**
   * Where they begin: even between plus and minus the root of the inputs, as torch's linear maps.
   */
  void begin(Map<String, Tensor> parameters) {
    RandomStream random = RandomStream.of(options.seed()).stream("attention");
    double most = 1 / Math.sqrt(options.latents());
    for (String name : shapes().keySet()) {
      Tensor tensor = parameters.get(name);
      float[] values = new float[Math.toIntExact(tensor.numel())];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) ((2 * random.nextDouble() - 1) * most);
      }
      TensorMemory.segment(tensor).copyFrom(MemorySegment.ofArray(values));
    }
  }

  /**
   * The dictionary that parameters are; gradients pass. Its encoder is theirs times {@code 4d},
   * which takes back what a temporal dictionary divides products by.
   *
   * @param inputScale what its inputs are multiplied by
   */
  TemporalCoder.Weights of(Map<String, Tensor> parameters, double inputScale) {
    Tensor encoder = parameters.get(TrainState.W_ENC);
    List<TemporalCoder.Attention> layers = new ArrayList<>();
    for (int layer = 0; layer < options.temporal().attentionLayers(); layer++) {
      layers.add(
          new TemporalCoder.Attention(
              map(parameters, name(layer, "q_target")),
              map(parameters, name(layer, "k_ctx")),
              map(parameters, name(layer, "v_ctx")),
              map(parameters, name(layer, "c_proj"))));
    }
    return new TemporalCoder.Weights(
        encoder.mul(new Scalar(4.0 * encoder.size(1))),
        parameters.get(TrainState.W_DEC),
        parameters.get(TrainState.B_DEC),
        options.temporal().heads(),
        layers,
        options.architecture() == Architecture.TOPK
            ? new Selection.TopK(options.k(), false)
            : new Selection.Relu(),
        inputScale);
  }

  private static TemporalCoder.Affine map(Map<String, Tensor> parameters, String name) {
    return new TemporalCoder.Affine(parameters.get(name + WEIGHT), parameters.get(name + BIAS));
  }
}
