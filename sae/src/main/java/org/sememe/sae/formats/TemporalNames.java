package org.sememe.sae.formats;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.sememe.sae.StoredWeights;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.sae.dictionary.Selection;
import org.sememe.sae.dictionary.TemporalCoder;
import org.sememe.tensors.FormatException;

/**
 * How files name the weights of a temporal autoencoder.
 *
 * @param encoder where it is not the decoder
 * @param encoderLatentsFirst whether that is {@code [F, d]}
 * @param decoder {@code [F, d]}
 * @param decoderBias {@code [d]}
 */
record TemporalNames(
    String encoder, boolean encoderLatentsFirst, String decoder, String decoderBias) {
  static final TemporalNames SAELENS = new TemporalNames("W_enc", false, "W_dec", "b_dec");
  static final TemporalNames RELEASE = new TemporalNames("E", false, "D", "b");

  /**
   * What the configuration says.
   *
   * @param selection {@code topk} or {@code relu}
   * @param k only of topk
   * @param tied whether the encoder is the decoder
   * @param inputScale what inputs are multiplied by
   */
  record Shape(int heads, int layers, String selection, int k, boolean tied, double inputScale) {}

  Dictionary read(StoredWeights weights, Description description, Shape shape)
      throws FormatException {
    int f = weights.size(decoder, 0, 2);
    int d = weights.size(decoder, 1, 2);
    Tensor rows = weights.floats(decoder, f, d);
    Tensor columns = rows;
    if (!shape.tied) {
      columns =
          encoderLatentsFirst
              ? weights.floats(encoder, f, d)
              : weights.floats(encoder, d, f).t().contiguous();
    }
    List<TemporalCoder.Attention> layers = new ArrayList<>();
    for (int layer = 0; layer < shape.layers; layer++) {
      String prefix = "attn_layers." + layer + ".";
      int bottleneck = weights.size(prefix + "q_target.weight", 0, 2);
      layers.add(
          new TemporalCoder.Attention(
              affine(weights, prefix + "q_target", bottleneck, f),
              affine(weights, prefix + "k_ctx", bottleneck, f),
              affine(weights, prefix + "v_ctx", f, f),
              affine(weights, prefix + "c_proj", f, f)));
      if (bottleneck % shape.heads != 0 || f % shape.heads != 0) {
        throw new FormatException(
            description.file(),
            0,
            "%d latents and %d attention values cannot be cut into %d heads"
                .formatted(f, bottleneck, shape.heads));
      }
    }
    Selection novel =
        switch (shape.selection) {
          case "topk" -> new Selection.TopK(description.atMost(shape.k, f), false);
          case "relu" -> new Selection.Relu();
          default ->
              throw new FormatException(
                  description.file(),
                  0,
                  "sae_diff_type is " + shape.selection + ": read are topk and relu");
        };
    Tensor bias = weights.floats(decoderBias, d);
    weights.requireNoOthers(name -> false);
    return new TemporalCoder(
        description.facts(f, List.of((long) d), List.of((long) d), novel.key(), novel.active()),
        new TemporalCoder.Weights(
            columns, rows, bias, shape.heads, layers, novel, shape.inputScale));
  }

  private static TemporalCoder.Affine affine(
      StoredWeights weights, String name, int outputs, int inputs) throws FormatException {
    return new TemporalCoder.Affine(
        weights.floats(name + ".weight", outputs, inputs), weights.floats(name + ".bias", outputs));
  }
}
