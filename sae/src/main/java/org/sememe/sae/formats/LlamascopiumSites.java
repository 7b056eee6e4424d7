package org.sememe.sae.formats;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.sae.StoredWeights;
import org.sememe.sae.dictionary.CoderParts;
import org.sememe.sae.dictionary.Decoding;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.sae.dictionary.Encoding;
import org.sememe.sae.dictionary.Kind;
import org.sememe.sae.dictionary.Selection;
import org.sememe.sae.dictionary.SparseCoder;
import org.sememe.sae.fold.RowNormalisation;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.JsonFields;

/** Llamascopium's dictionaries of several hook points, each with latents of its own. */
final class LlamascopiumSites {
  private LlamascopiumSites() {}

  static Dictionary read(
      StoredWeights weights,
      JsonFields config,
      LlamascopiumFormat.Setting setting,
      Description description)
      throws FormatException {
    boolean crosscoder = config.text("sae_type").equals("crosscoder");
    List<String> in =
        LlamascopiumFormat.texts(config, crosscoder ? "hook_points" : "hook_points_in");
    List<String> out = crosscoder ? in : LlamascopiumFormat.texts(config, "hook_points_out");
    if (setting.rows() != RowNormalisation.NONE || in.size() != out.size()) {
      throw config.wrong("norm_activation", "of use here, or hook points in and out differ");
    }
    int sites = in.size();
    int f = weights.size("W_E", 2, 3);
    description.kind(crosscoder ? Kind.CROSSCODER : Kind.CROSS_LAYER_TRANSCODER).hooks(in, out);
    List<Double> inward = scales(weights, setting, in);
    List<Double> outward = scales(weights, setting, out);
    CoderParts parts =
        crosscoder
            ? crosscoder(weights, setting, description, sites, f, inward)
            : crossLayer(weights, setting, description, sites, f, inward, outward);
    setting.requireNoOthers(weights);
    List<Long> row = List.of((long) sites, (long) setting.width());
    return new SparseCoder(
        description.facts(f, row, row, parts.selection().key(), parts.selection().active()), parts);
  }

  private static List<Double> scales(
      StoredWeights weights, LlamascopiumFormat.Setting setting, List<String> hooks)
      throws FormatException {
    List<Double> scales = new ArrayList<>();
    for (String hook : hooks) {
      scales.add(setting.scale(weights, hook));
    }
    return scales;
  }

  /** One score for all sites, weighted by each site's decoder norm. */
  private static CoderParts crosscoder(
      StoredWeights weights,
      LlamascopiumFormat.Setting setting,
      Description description,
      int sites,
      int f,
      List<Double> scales)
      throws FormatException {
    int d = setting.width();
    Tensor encoder = scaled(weights.floats("W_E", sites, d, f), scales, false);
    Tensor decoder = weights.floats("W_D", sites, f, d);
    Tensor importance =
        setting.normed()
            ? decoder.square().sum(2).sqrt()
            : torch.ones(sites, f).to(ScalarType.Float);
    return new CoderParts(
            new Encoding.Joint(
                encoder.reshape((long) sites * d, f).t().contiguous(),
                weights.floats("b_E", sites, f).sum(0),
                Optional.empty()),
            setting.selection(weights, description, f, f),
            new Decoding.PerSite(
                scaled(decoder, scales, true), scaled(bias(weights, sites, d), scales, true)))
        .weighted(importance);
  }

  private static Tensor bias(StoredWeights weights, int sites, int d) throws FormatException {
    return weights.has("b_D")
        ? weights.floats("b_D", sites, d)
        : torch.zeros(sites, d).to(ScalarType.Float);
  }

  /** Layer t is reconstructed from the latents of layers 0 to t. */
  private static CoderParts crossLayer(
      StoredWeights weights,
      LlamascopiumFormat.Setting setting,
      Description description,
      int layers,
      int f,
      List<Double> inward,
      List<Double> outward)
      throws FormatException {
    int d = setting.width();
    List<Tensor> decoders = new ArrayList<>();
    List<Tensor> biases = new ArrayList<>();
    Tensor squares = torch.zeros(layers, f).to(ScalarType.Float);
    for (int layer = 0; layer < layers; layer++) {
      Tensor decoder = weights.floats("W_D." + layer, layer + 1, f, d);
      squares.narrow(0, 0, layer + 1).add_(decoder.square().sum(2));
      Scalar scale = new Scalar(outward.get(layer));
      decoders.add(decoder.div(scale));
      String name = "b_D." + layer;
      biases.add(
          weights.has(name)
              ? weights.floats(name, d).div(scale)
              : torch.zeros(d).to(ScalarType.Float));
    }
    Selection selection = setting.selection(weights, description, f, layers, f);
    CoderParts parts =
        new CoderParts(
            new Encoding.PerLayer(
                scaled(weights.floats("W_E", layers, d, f), inward, false)
                    .transpose(1, 2)
                    .contiguous(),
                weights.floats("b_E", layers, f)),
            selection,
            new Decoding.UpToLayer(
                decoders, torch.stack(new TensorVector(biases.toArray(Tensor[]::new)), 0)));
    return setting.normed() ? parts.weighted(squares.sqrt()) : parts;
  }

  /** Each site's part multiplied or divided by its scale. */
  private static Tensor scaled(Tensor sites, List<Double> scales, boolean divide) {
    List<Tensor> parts = new ArrayList<>();
    for (int site = 0; site < scales.size(); site++) {
      double scale = scales.get(site);
      parts.add(sites.select(0, site).mul(new Scalar(divide ? 1 / scale : scale)));
    }
    return torch.stack(new TensorVector(parts.toArray(Tensor[]::new)), 0);
  }
}
