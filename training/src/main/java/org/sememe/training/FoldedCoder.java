package org.sememe.training;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.sae.dictionary.CoderParts;
import org.sememe.sae.dictionary.Decoding;
import org.sememe.sae.dictionary.DictionaryFacts;
import org.sememe.sae.dictionary.Encoding;
import org.sememe.sae.dictionary.Kind;
import org.sememe.sae.dictionary.Selection;
import org.sememe.sae.dictionary.Sites;
import org.sememe.sae.dictionary.SparseCoder;
import org.sememe.sae.fold.AffineMap;
import org.sememe.sae.fold.DecoderNorms;
import org.sememe.sae.fold.FittedInput;
import org.sememe.sae.fold.RowNormalisation;
import org.sememe.sae.objective.ParameterNames;

/**
 * What a run ends with where no plain dictionary can say it, for rows as they come: activations are
 * divided by the outputs' scale, so that decoder rows stay of norm 1.
 *
 * @param from the trained one
 * @param input how rows were normalised
 */
record FoldedCoder(FoldedDictionary from, FittedInput input) {
  /** What activations are divided by. */
  static double unit(FittedInput input) {
    return input instanceof FittedInput.Scaled scaled ? scaled.scale() : 1;
  }

  /** The coder, the caller's to close. */
  SparseCoder fold() {
    Map<String, Tensor> weights = from.state().finished();
    Tensor decoder = from.decoder(weights).to(ScalarType.Double);
    Optional<Tensor> norms =
        from.norms() == DecoderNorms.KEPT
            ? Optional.empty()
            : Optional.of(decoder.norm(new ScalarOptional(new Scalar(2.0)), new long[] {1}));
    Tensor rows =
        norms
            .map(each -> torch.clamp_min(each, new Scalar(Double.MIN_NORMAL)).unsqueeze(1))
            .map(decoder::div)
            .orElse(decoder);
    AffineMap output =
        new AffineMap(rows.t(), weights.get(ParameterNames.B_DEC)).toRawOutputs(input);
    Decoding decoding =
        new Decoding.Joint(
            floats(output.weight().mul(new Scalar(unit(input))).t()), floats(output.bias()));
    Encoding encoding = encoding(weights, norms);
    Selection selection = selection(weights, norms);
    CoderParts parts = new CoderParts(encoding, selection, decoding);
    return new SparseCoder(
        facts(selection),
        input instanceof FittedInput.PerRow(RowNormalisation each)
            ? parts.normalised(each, true)
            : parts);
  }

  private DictionaryFacts facts(Selection selection) {
    Provenance provenance = from.run().provenance();
    Sites site = new Sites(List.of(provenance.hook()), List.of((long) from.state().width()));
    return new DictionaryFacts(
        "sememe",
        OptionText.name(from.options().structure().encoder()),
        Kind.AUTOENCODER,
        provenance.model(),
        site,
        site,
        from.options().latents(),
        selection.key(),
        OptionalDouble.empty(),
        "none",
        true,
        List.of(),
        List.of());
  }

  private Encoding encoding(Map<String, Tensor> weights, Optional<Tensor> norms) {
    return switch (from.options().structure().encoder()) {
      case DENSE -> joint(encoder(weights, norms));
      case KRONECKER ->
          new Encoding.Kronecker(
              joint(raw(weights, ParameterNames.W_P, ParameterNames.B_P)),
              joint(raw(weights, ParameterNames.W_Q, ParameterNames.B_Q)),
              (int) (weights.get(ParameterNames.W_P).size(0) / from.options().structure().kronM()),
              norms.map(FoldedCoder::floats));
      case SWITCH -> {
        Tensor directions = weights.get(ParameterNames.W_ROUTER);
        Tensor none = directions.new_zeros(directions.size(0));
        AffineMap router =
            new AffineMap(directions, none)
                .minus(weights.get(ParameterNames.B_ROUTER))
                .ofRawInputs(input);
        yield new Encoding.Routed(joint(encoder(weights, norms)), joint(router));
      }
    };
  }

  private AffineMap encoder(Map<String, Tensor> weights, Optional<Tensor> norms) {
    AffineMap plain = raw(weights, ParameterNames.W_ENC, ParameterNames.B_ENC);
    return norms.map(plain::times).orElse(plain);
  }

  /** Pre-activations of raw rows, in the unit of raw outputs. */
  private AffineMap raw(Map<String, Tensor> weights, String matrix, String bias) {
    AffineMap trained = new AffineMap(weights.get(matrix), weights.get(bias));
    AffineMap centred = from.centred() ? trained.minus(weights.get(ParameterNames.B_DEC)) : trained;
    return centred.ofRawInputs(input).over(unit(input));
  }

  private static Encoding.Joint joint(AffineMap map) {
    return new Encoding.Joint(floats(map.weight()), floats(map.bias()), Optional.empty());
  }

  private static Tensor floats(Tensor tensor) {
    return tensor.to(ScalarType.Float).contiguous();
  }

  /** Thresholds are of activations times norms where latents were compared, else of themselves. */
  private Selection selection(Map<String, Tensor> weights, Optional<Tensor> norms) {
    int k = from.options().k();
    return switch (from.options().architecture()) {
      case TOPK -> new Selection.TopK(k, false);
      case ABSTOPK -> new Selection.AbsTopK(k);
      case GROUPMAX -> new Selection.GroupMax(k, false);
      case RELU -> new Selection.Relu();
      case BATCHTOPK, JUMPRELU, GATED -> {
        Tensor thresholds = from.thresholds(weights).orElseThrow().to(ScalarType.Double);
        Tensor each =
            from.norms() == DecoderNorms.FOLDED ? thresholds.mul(norms.orElseThrow()) : thresholds;
        yield new Selection.Above(floats(each.div(new Scalar(unit(input)))));
      }
      case MATCHING_PURSUIT, OWN ->
          throw new IllegalStateException(
              from.options().architecture() + " has no such dictionary");
    };
  }
}
