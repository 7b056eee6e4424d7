package org.sememe.training;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.bytedeco.pytorch.Scalar;
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
import org.sememe.sae.fold.TrainedWeights;
import org.sememe.sae.objective.Objective;
import org.sememe.sae.objective.ParameterNames;

/**
 * What a run ends with where no plain dictionary can say it, for rows as they come: activations are
 * divided by the outputs' scale, so that decoder rows stay of norm 1. Where outputs have a scale
 * each, activations stay those of training, and rows of norm 1 are so among scaled ones.
 *
 * @param from the trained one
 * @param input how rows were normalised
 */
record FoldedCoder(FoldedDictionary from, FittedInput input) {
  private RowLayout layout() {
    return from.state().layout();
  }

  private TrainOptions options() {
    return from.options();
  }

  /** How what is read was normalised. */
  private FittedInput in() {
    return !layout().same() && input instanceof FittedInput.Parts parts ? parts.part(0) : input;
  }

  /** How what is made was. */
  private FittedInput out() {
    return !layout().same() && input instanceof FittedInput.Parts parts ? parts.part(1) : input;
  }

  /** What activations are divided by. */
  double unit() {
    return out() instanceof FittedInput.Scaled scaled ? scaled.scale() : 1;
  }

  /** The coder, the caller's to close. */
  SparseCoder fold() {
    Map<String, Tensor> weights = from.state().finished();
    Tensor decoder = from.decoder(weights).to(ScalarType.Double);
    Optional<Tensor> norms =
        from.norms() == DecoderNorms.KEPT
            ? Optional.empty()
            : Optional.of(
                Objective.decoderNorms(from.state().design().at(from.state().step()), weights)
                    .to(ScalarType.Double));
    Tensor rows =
        norms
            .map(each -> torch.clamp_min(each, new Scalar(Double.MIN_NORMAL)).unsqueeze(1))
            .map(decoder::div)
            .orElse(decoder);
    AffineMap output =
        new AffineMap(rows.t(), weights.get(ParameterNames.B_DEC)).toRawOutputs(out());
    Decoding decoding =
        new Decoding.Joint(
            floats(output.weight().mul(new Scalar(unit())).t()), floats(output.bias()));
    Encoding encoding = encoding(weights, norms);
    Selection selection = selection(weights, norms);
    CoderParts parts = new CoderParts(encoding, selection, decoding).skipping(skip(weights));
    return new SparseCoder(
        facts(selection),
        input instanceof FittedInput.PerRow(RowNormalisation each)
            ? parts.normalised(each, true)
            : parts);
  }

  private DictionaryFacts facts(Selection selection) {
    Provenance provenance = from.run().provenance();
    RowHooks hooks = provenance.hooks();
    Sites read = new Sites(hooks.read(), shape(layout().inputs()));
    return new DictionaryFacts(
        "sememe",
        OptionText.name(options().structure().encoder()),
        switch (layout().kind()) {
          case AUTOENCODER -> Kind.AUTOENCODER;
          case TRANSCODER -> Kind.TRANSCODER;
          case CROSSCODER -> Kind.CROSSCODER;
        },
        provenance.model(),
        read,
        layout().same()
            ? read
            : new Sites(hooks.target().stream().toList(), shape(layout().outputs())),
        options().latents(),
        selection.key(),
        OptionalDouble.empty(),
        "none",
        true,
        List.of(),
        List.of());
  }

  private List<Long> shape(long values) {
    long sites = layout().sites();
    return sites == 1 ? List.of(values) : List.of(sites, values / sites);
  }

  private Encoding encoding(Map<String, Tensor> weights, Optional<Tensor> norms) {
    return switch (options().structure().encoder()) {
      case DENSE, TIED -> joint(encoder(weights, norms));
      case KRONECKER -> {
        Tensor first = weights.get(ParameterNames.W_P);
        Tensor second = weights.get(ParameterNames.W_Q);
        yield new Encoding.Kronecker(
            joint(raw(first, weights.get(ParameterNames.B_P), weights)),
            joint(raw(second, weights.get(ParameterNames.B_Q), weights)),
            (int) (first.size(0) / options().structure().kronM()),
            norms.map(FoldedCoder::floats));
      }
      case SWITCH -> {
        Tensor directions = weights.get(ParameterNames.W_ROUTER);
        AffineMap router =
            new AffineMap(directions, directions.new_zeros(directions.size(0)))
                .minus(weights.get(ParameterNames.B_ROUTER))
                .ofRawInputs(in());
        yield new Encoding.Routed(joint(encoder(weights, norms)), joint(router));
      }
    };
  }

  private AffineMap encoder(Map<String, Tensor> weights, Optional<Tensor> norms) {
    TrainedWeights trained = from.weights(weights);
    AffineMap plain = raw(trained.encoder(), trained.encoderBias(), weights);
    return norms.map(plain::times).orElse(plain);
  }

  /** Pre-activations of raw rows, in the unit of raw outputs. */
  private AffineMap raw(Tensor matrix, Tensor bias, Map<String, Tensor> weights) {
    AffineMap trained = new AffineMap(matrix, bias);
    AffineMap centred =
        options().centred() ? trained.minus(weights.get(ParameterNames.B_DEC)) : trained;
    return centred.ofRawInputs(in()).over(unit());
  }

  /** {@code [inputs, outputs]}, of rows as they come to what is added as it comes. */
  private Optional<Tensor> skip(Map<String, Tensor> weights) {
    return Optional.ofNullable(weights.get(ParameterNames.W_SKIP))
        .map(skip -> new AffineMap(skip, skip.new_zeros(skip.size(0))))
        .map(skip -> skip.ofRawInputs(in()).toRawOutputs(out()).weight())
        .map(skip -> floats(skip.t()));
  }

  private static Encoding.Joint joint(AffineMap map) {
    return new Encoding.Joint(floats(map.weight()), floats(map.bias()), Optional.empty());
  }

  private static Tensor floats(Tensor tensor) {
    return tensor.to(ScalarType.Float).contiguous();
  }

  /** Thresholds are of activations times norms where latents were compared, else of themselves. */
  private Selection selection(Map<String, Tensor> weights, Optional<Tensor> norms) {
    int k = options().k();
    return switch (options().architecture()) {
      case TOPK -> new Selection.TopK(k, false);
      case ABSTOPK -> new Selection.AbsTopK(k);
      case GROUPMAX -> new Selection.GroupMax(k, false);
      case RELU -> new Selection.Relu();
      case BATCHTOPK, JUMPRELU, GATED -> {
        Optional<Tensor> trained =
            options().architecture() == Architecture.GATED
                ? from.weights(weights).thresholds()
                : from.thresholds(weights);
        Tensor thresholds = trained.orElseThrow().to(ScalarType.Double);
        Tensor each =
            from.norms() == DecoderNorms.FOLDED ? thresholds.mul(norms.orElseThrow()) : thresholds;
        yield new Selection.Above(floats(each.div(new Scalar(unit()))));
      }
      case MATCHING_PURSUIT, OMP, OWN ->
          throw new IllegalStateException(options().architecture() + " has no such dictionary");
    };
  }
}
