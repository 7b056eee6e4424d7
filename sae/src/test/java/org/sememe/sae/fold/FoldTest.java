package org.sememe.sae.fold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.sememe.sae.Encoder;
import org.sememe.sae.Sae;
import org.sememe.sae.SaeConfig;
import org.sememe.sae.SparseCodes;
import org.sememe.sae.Sparsity;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;
import org.sememe.tensors.safetensors.SafetensorsFile;
import org.sememe.tensors.testing.Fixtures;
import org.sememe.tensors.testing.TensorAssertions;

/** Folded dictionaries against the formulas they stand for, in double on normalised inputs. */
class FoldTest {
  private static final int WIDTH = 6;
  private static final int LATENTS = 20;
  private static final int ROWS = 40;
  private static final double TOLERANCE = 1e-6;

  private static final long SEED = 20261125;

  private final RandomStream random = RandomStream.of(SEED);

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  private Tensor values(long... shape) {
    long count = 1;
    for (long size : shape) {
      count *= size;
    }
    float[] values = new float[Math.toIntExact(count)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return TensorMemory.floats(values, shape);
  }

  private TrainedWeights weights(boolean subtract, Choice choice) {
    return new TrainedWeights(
        values(LATENTS, WIDTH),
        values(LATENTS),
        values(LATENTS, WIDTH),
        values(WIDTH),
        choice == Choice.EACH ? Optional.of(values(LATENTS).abs()) : Optional.empty(),
        subtract,
        choice);
  }

  /** The unfolded formula of JumpReLU; of TopK where there are no thresholds. */
  private static Tensor unfolded(TrainedWeights w, Tensor input, DecoderNorms norms, int k) {
    Tensor u = w.subtractDecoderBias() ? input.sub(w.decoderBias()) : input;
    Tensor p = u.matmul(w.encoder().t()).add(w.encoderBias());
    Tensor rowNorms = w.decoder().square().sum(1).sqrt();
    boolean multiplied = norms == DecoderNorms.IN_ACTIVATIONS;
    Tensor seen = multiplied ? p.mul(rowNorms) : p;
    Tensor least =
        w.thresholds()
            .orElseGet(() -> torch.topk(seen, k, 1, true, true).get0().narrow(1, k - 1, 1));
    Tensor chosen = w.thresholds().isPresent() ? seen.gt(least) : seen.ge(least);
    Tensor z = torch.relu(seen).mul(chosen);
    return (multiplied ? z.div(rowNorms) : z).matmul(w.decoder()).add(w.decoderBias());
  }

  private static Tensor decoded(
      FoldedWeights folded, boolean subtract, Sparsity sparsity, Tensor x) {
    int rows = (int) x.size(0);
    Tensor recon = TensorMemory.empty(ScalarType.Float, rows, WIDTH);
    SaeConfig config = new SaeConfig(WIDTH, LATENTS, sparsity, subtract, "", "", 1, Map.of());
    try (Sae sae = Sae.of(config, folded);
        Encoder encoder = new Encoder(sae, rows)) {
      SparseCodes codes = encoder.encode(TensorMemory.segment(x), rows);
      encoder.decode(codes, TensorMemory.segment(recon));
    }
    return recon;
  }

  /** Every normalisation with every treatment of norms, b_dec subtracted or not. */
  @Test
  void aFoldedDictionaryDoesToRawInputsWhatTheTrainedOneDidToNormalisedOnes() {
    try (PointerScope scope = new PointerScope()) {
      Tensor x = values(ROWS, WIDTH).mul(new Scalar(3f)).add(values(WIDTH)).contiguous();
      for (InputNormalisation normalisation : normalisations()) {
        FittedInput input = normalisation.fit(List.of(x.narrow(0, 0, 15), x.narrow(0, 15, 25)));
        for (DecoderNorms norms : DecoderNorms.values()) {
          for (Choice choice : List.of(Choice.EACH, Choice.COMPARED)) {
            if (norms == DecoderNorms.FOLDED && choice == Choice.COMPARED) {
              continue; // refused: tested below
            }
            for (boolean subtract : new boolean[] {true, false}) {
              TrainedWeights w = weights(subtract, choice);
              int k = 4;
              Tensor expected = unfolded(w, normalised(input, x), norms, k);
              Sparsity sparsity =
                  choice == Choice.EACH ? new Sparsity.JumpRelu() : new Sparsity.TopK(k);
              TensorAssertions.assertClose(
                  normalisation + " " + norms + " " + choice + " " + subtract,
                  decoded(w.fold(norms, input), subtract, sparsity, x),
                  restored(input, expected, x).to(ScalarType.Float),
                  TOLERANCE);
            }
          }
        }
      }
    }
  }

  private static List<InputNormalisation> normalisations() {
    List<InputNormalisation> all = new ArrayList<>();
    for (InputNormalisation.ScaleKind kind : InputNormalisation.ScaleKind.values()) {
      all.add(new InputNormalisation.Scale(kind));
    }
    all.add(new InputNormalisation.None());
    all.add(new InputNormalisation.MeanAndScale());
    all.add(new InputNormalisation.Whitening(1e-3));
    all.add(new InputNormalisation.PerRowRescale());
    all.add(new InputNormalisation.LayerNorm());
    return all;
  }

  private static Tensor mean(Tensor x, boolean layerNorm) {
    return x.sum(1).unsqueeze(1).mul(new Scalar(layerNorm ? 1.0 / WIDTH : 0));
  }

  private static Tensor deviation(Tensor x, boolean layerNorm) {
    Tensor squares = x.sub(mean(x, layerNorm)).square().sum(1).unsqueeze(1);
    return squares.mul(new Scalar(1.0 / (layerNorm ? WIDTH - 1 : WIDTH))).sqrt();
  }

  private static Tensor normalised(FittedInput input, Tensor rows) {
    Tensor x = rows.to(ScalarType.Double);
    return switch (input) {
      case FittedInput.Scaled(Optional<Tensor> mean, double scale) ->
          mean.map(x::sub).orElse(x).mul(new Scalar(scale));
      case FittedInput.Whitened w -> x.sub(w.mean()).matmul(w.matrix());
      case FittedInput.Parts parts -> x.mul(parts.each());
      case FittedInput.PerRow(RowNormalisation kind) -> {
        boolean layer = kind == RowNormalisation.LAYER_NORM;
        Tensor divisor = deviation(x, layer).add(new Scalar(layer ? 1e-5 : 0));
        yield x.sub(mean(x, layer)).div(divisor);
      }
    };
  }

  private static Tensor restored(FittedInput input, Tensor y, Tensor rows) {
    Tensor x = rows.to(ScalarType.Double);
    return switch (input) {
      case FittedInput.Scaled(Optional<Tensor> mean, double scale) -> {
        Tensor raw = y.div(new Scalar(scale));
        yield mean.map(raw::add).orElse(raw);
      }
      case FittedInput.Whitened w -> y.matmul(w.inverse()).add(w.mean());
      case FittedInput.Parts parts -> y.div(parts.each());
      case FittedInput.PerRow(RowNormalisation kind) -> {
        boolean layer = kind == RowNormalisation.LAYER_NORM;
        yield y.mul(deviation(x, layer)).add(mean(x, layer));
      }
    };
  }

  @Test
  void aTranscoderIsFoldedOnBothSides() {
    try (PointerScope scope = new PointerScope()) {
      TrainedWeights w = weights(false, Choice.EACH);
      Tensor x = values(ROWS, WIDTH);
      Tensor scaled = x.to(ScalarType.Double).mul(new Scalar(0.4));
      Tensor expected = unfolded(w, scaled, DecoderNorms.KEPT, 1).div(new Scalar(2.5));
      FoldedWeights folded = w.foldTranscoder(DecoderNorms.FOLDED, 0.4, 2.5);
      TensorAssertions.assertClose(
          "targets",
          decoded(folded, false, new Sparsity.JumpRelu(), x),
          expected.to(ScalarType.Float),
          TOLERANCE);
    }
  }

  @Test
  void whatWouldNotBeExactIsRefused() {
    try (PointerScope scope = new PointerScope()) {
      TrainedWeights topK = weights(true, Choice.COMPARED);
      assertThatThrownBy(() -> topK.fold(DecoderNorms.FOLDED, FittedInput.none()))
          .isInstanceOf(IllegalArgumentException.class);
      FittedInput whitened =
          new InputNormalisation.Whitening(0.1).fit(List.of(values(ROWS, WIDTH)));
      TrainedWeights pursuit = weights(true, Choice.PURSUIT);
      assertThatThrownBy(() -> pursuit.fold(DecoderNorms.KEPT, whitened))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> topK.foldTranscoder(DecoderNorms.KEPT, 1, 1))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  /** SAELens's own estimate, and its own folded weights after it. */
  @Test
  void saeLensScaleIsOurs() throws IOException {
    Path folder = Fixtures.require("steps/saelens/fit_expected_average");
    try (PointerScope scope = new PointerScope();
        SafetensorsFile batches = SafetensorsFile.open(folder.resolve("batches.safetensors"));
        SafetensorsFile steps = SafetensorsFile.open(folder.resolve("steps.safetensors"))) {
      FittedInput input =
          new InputNormalisation.Scale(InputNormalisation.ScaleKind.MEAN_NORM_ROOT_WIDTH)
              .fit(estimated(folder, batches));
      double expected = steps.tensor("final.scaler.scaling_factor").item_double();
      assertThat(((FittedInput.Scaled) input).scale())
          .isCloseTo(expected, org.assertj.core.data.Offset.offset(1e-6 * expected));
      same(
          trained(steps, "5.param.").fold(DecoderNorms.IN_ACTIVATIONS, input),
          trained(steps, "final.param.").fold(DecoderNorms.IN_ACTIVATIONS, FittedInput.none()));
    }
  }

  @Test
  void saeLensWhiteningIsOurs() throws IOException {
    Path folder = Fixtures.require("steps/saelens/fit_whitening");
    try (PointerScope scope = new PointerScope();
        SafetensorsFile batches = SafetensorsFile.open(folder.resolve("batches.safetensors"));
        SafetensorsFile steps = SafetensorsFile.open(folder.resolve("steps.safetensors"))) {
      FittedInput.Whitened ours =
          (FittedInput.Whitened)
              new InputNormalisation.Whitening(1e-3).fit(estimated(folder, batches));
      FittedInput.Whitened theirs =
          new FittedInput.Whitened(
              steps.tensor("final.scaler.mean"),
              steps.tensor("final.scaler.matrix"),
              steps.tensor("final.scaler.inverse_matrix"));
      // Directions are only known up to their sign, their products are known.
      close(
          "M M'",
          ours.matrix().matmul(ours.matrix().t()),
          theirs.matrix().matmul(theirs.matrix().t()));
      close("mean", ours.mean(), theirs.mean());
      FoldedWeights folded = trained(steps, "5.param.").fold(DecoderNorms.IN_ACTIVATIONS, theirs);
      TrainedWeights saeLens = trained(steps, "final.param.");
      close("W_enc", folded.encoder(), saeLens.encoder());
      close("b_enc", folded.encoderBias(), saeLens.encoderBias());
      close("W_dec", folded.decoder(), saeLens.decoder());
      close("b_dec", folded.decoderBias(), saeLens.decoderBias());
    }
  }

  private static List<Tensor> estimated(Path folder, SafetensorsFile batches) throws IOException {
    int count =
        new com.fasterxml.jackson.databind.ObjectMapper()
            .readTree(folder.resolve("expected.json").toFile())
            .path("trainer_config")
            .path("n_batches_for_norm_estimate")
            .asInt();
    List<Tensor> found = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      found.add(batches.floats("x" + i));
    }
    return found;
  }

  private static TrainedWeights trained(SafetensorsFile file, String prefix) throws IOException {
    String threshold = prefix.replace("param.", "state.topk_threshold");
    return new TrainedWeights(
        file.floats(prefix + "W_enc").t(),
        file.floats(prefix + "b_enc"),
        file.floats(prefix + "W_dec"),
        file.floats(prefix + "b_dec"),
        file.names().contains(threshold) ? Optional.of(file.tensor(threshold)) : Optional.empty(),
        false,
        Choice.COMPARED);
  }

  private static void same(FoldedWeights a, FoldedWeights b) {
    close("W_enc", a.encoder(), b.encoder());
    close("b_enc", a.encoderBias(), b.encoderBias());
    close("W_dec", a.decoder(), b.decoder());
    close("b_dec", a.decoderBias(), b.decoderBias());
    close("thresholds", a.thresholds().orElseThrow(), b.thresholds().orElseThrow());
  }

  private static void close(String what, Tensor a, Tensor b) {
    TensorAssertions.assertClose(
        what, a.to(ScalarType.Float).contiguous(), b.to(ScalarType.Float).contiguous(), TOLERANCE);
  }
}
