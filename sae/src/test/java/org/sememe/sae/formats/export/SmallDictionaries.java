package org.sememe.sae.formats.export;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.sememe.sae.Sae;
import org.sememe.sae.SaeConfig;
import org.sememe.sae.Sparsity;
import org.sememe.sae.dictionary.CoderParts;
import org.sememe.sae.dictionary.Decoding;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.sae.dictionary.DictionaryFacts;
import org.sememe.sae.dictionary.Encoding;
import org.sememe.sae.dictionary.Kind;
import org.sememe.sae.dictionary.SaeDictionary;
import org.sememe.sae.dictionary.Selection;
import org.sememe.sae.dictionary.Sites;
import org.sememe.sae.dictionary.SparseCoder;
import org.sememe.sae.fold.RowNormalisation;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;

/** Random dictionaries of each architecture, with biases and decoder norms that are not 1. */
final class SmallDictionaries {
  static final int WIDTH = 10;
  static final int WIDER = 13;
  static final int LATENTS = 24;
  static final int K = 4;
  static final String HOOK = "blocks.3.hook_resid_post";
  private static final String OUT = "blocks.3.hook_mlp_out";

  private final RandomStream random;

  SmallDictionaries(String name) {
    this.random = RandomStream.of(11).stream(name);
  }

  /** Rows as long as they are wide, {@code [n, width]}. */
  Tensor rows(int n, int width) {
    return floats(1.5, n, width);
  }

  /** An autoencoder; {@code b_dec} is subtracted from its input or not. */
  Dictionary autoencoder(Sparsity sparsity, boolean subtracts, RowNormalisation rows) {
    Optional<Tensor> thresholds =
        sparsity instanceof Sparsity.JumpRelu
            ? Optional.of(floats(0.3, LATENTS).abs())
            : Optional.empty();
    return autoencoder(sparsity, subtracts, rows, floats(0.2, LATENTS), thresholds);
  }

  /** An autoencoder of {@code x - b_dec} whose latents have one threshold. */
  Dictionary ofOneThreshold() {
    Tensor thresholds = torch.full(new long[] {LATENTS}, new Scalar(0.25));
    return autoencoder(
        new Sparsity.JumpRelu(),
        /* subtracts= */ true,
        RowNormalisation.NONE,
        floats(0.2, LATENTS),
        Optional.of(thresholds));
  }

  /** What a gated autoencoder is read as: thresholds are of either sign. */
  Dictionary gated() {
    return autoencoder(
        new Sparsity.JumpRelu(),
        /* subtracts= */ true,
        RowNormalisation.NONE,
        floats(0.2, LATENTS),
        Optional.of(floats(0.3, LATENTS)));
  }

  /** A topk autoencoder of {@code x - b_dec} without an encoder bias. */
  Dictionary withoutEncoderBias(RowNormalisation rows) {
    return autoencoder(
        new Sparsity.TopK(K), /* subtracts= */ true, rows, floats(0, LATENTS), Optional.empty());
  }

  private Dictionary autoencoder(
      Sparsity sparsity,
      boolean subtracts,
      RowNormalisation rows,
      Tensor encoderBias,
      Optional<Tensor> thresholds) {
    SaeConfig config =
        new SaeConfig(WIDTH, LATENTS, sparsity, subtracts, HOOK, "m", 1, rows, Map.of());
    Tensor decoder = floats(0.4, LATENTS, WIDTH);
    Sites site = sites(HOOK, WIDTH);
    DictionaryFacts facts =
        new DictionaryFacts(
            "test",
            sparsity.key(),
            Kind.AUTOENCODER,
            "m",
            site,
            site,
            LATENTS,
            sparsity.key(),
            OptionalDouble.empty(),
            rows.name(),
            true,
            List.of(),
            List.of());
    return new SaeDictionary(
        facts,
        new Sae(
            config,
            floats(0.4, LATENTS, WIDTH),
            encoderBias,
            decoder,
            floats(0.3, WIDTH),
            thresholds));
  }

  /** A transcoder of one site to another. */
  Dictionary transcoder(Selection selection, int outputs, boolean skip) {
    CoderParts parts =
        new CoderParts(encoding(WIDTH), selection, decoding(outputs))
            .skipping(skip ? Optional.of(floats(0.2, WIDTH, outputs)) : Optional.empty());
    return new SparseCoder(
        facts(Kind.TRANSCODER, selection, sites(HOOK, WIDTH), sites(OUT, outputs)), parts);
  }

  /** A crosscoder of two sites. */
  Dictionary crosscoder(Selection selection) {
    Sites both = new Sites(List.of(HOOK, OUT), List.of(2L, (long) WIDTH));
    CoderParts parts = new CoderParts(encoding(2 * WIDTH), selection, decoding(2 * WIDTH));
    return new SparseCoder(facts(Kind.CROSSCODER, selection, both, both), parts);
  }

  Selection thresholds() {
    return new Selection.Above(floats(0.3, LATENTS).abs());
  }

  private Encoding encoding(int inputs) {
    return new Encoding.Joint(floats(0.4, LATENTS, inputs), floats(0.2, LATENTS), Optional.empty());
  }

  private Decoding decoding(int outputs) {
    return new Decoding.Joint(floats(0.4, LATENTS, outputs), floats(0.3, outputs));
  }

  private static Sites sites(String hook, int width) {
    return new Sites(List.of(hook), List.of((long) width));
  }

  private static DictionaryFacts facts(Kind kind, Selection selection, Sites in, Sites out) {
    return new DictionaryFacts(
        "test",
        kind.key(),
        kind,
        "m",
        in,
        out,
        LATENTS,
        selection.key(),
        selection.active(),
        "none",
        true,
        List.of(),
        List.of());
  }

  private Tensor floats(double deviation, long... shape) {
    int count = 1;
    for (long size : shape) {
      count *= (int) size;
    }
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (deviation * random.nextGaussian());
    }
    return TensorMemory.floats(values, shape);
  }
}
