package org.sememe.training;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.sememe.kernels.DecoderRows;
import org.sememe.sae.objective.InitialWeights;
import org.sememe.sae.objective.Objective;
import org.sememe.sae.objective.ParameterNames;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;

/**
 * Where the weights of a new state begin: decoder rows of random direction and one norm, the
 * encoder a multiple of its transpose (Gao et al. 2024, section 2.4), thresholds as the options
 * say, all else 0. Where encoder or decoder is made of something, see {@link InitialWeights}; an
 * archetypal decoder waits for its points ({@link StartingPoint#applyTo}).
 *
 * @param state whose weights they are
 */
record StartingWeights(TrainState state) {
  /** Biases of encoders, with their matrices. */
  private static final Map<String, String> CENTRED =
      Map.of(
          TrainState.B_ENC,
          TrainState.W_ENC,
          TrainState.B_MAG,
          TrainState.W_ENC,
          ParameterNames.B_P,
          ParameterNames.W_P,
          ParameterNames.B_Q,
          ParameterNames.W_Q);

  /** Draws what does not depend on the rows. */
  void draw() {
    TrainOptions options = state.options();
    int width = state.width();
    if (options.composed().isPresent()) {
      if (!options.structure().archetypal()) {
        begin(Optional.empty());
      }
      return;
    }
    MemorySegment decoder = state.memory(TrainState.W_DEC);
    MemorySegment encoder = state.memory(TrainState.W_ENC);
    RandomStream.of(options.seed()).stream("weights").fillNormal(decoder, 1);
    for (int latent = 0; latent < options.latents(); latent++) {
      DecoderRows.normalise(decoder, (long) latent * width * Float.BYTES, width);
    }
    state.tensor(TrainState.W_DEC).mul_(new Scalar(options.decoderScale()));
    if (options.architecture() == Architecture.JUMPRELU) {
      double threshold = options.thresholdForm().parameter(options.firstThreshold());
      state.tensor(TrainState.THRESHOLDS).fill_(new Scalar(threshold));
    }
    float scale = (float) options.encoderScale();
    for (long i = 0; i < (long) options.latents() * width; i++) {
      encoder.setAtIndex(
          ValueLayout.JAVA_FLOAT, i, scale * decoder.getAtIndex(ValueLayout.JAVA_FLOAT, i));
    }
    new TemporalWeights(options).begin(state.parameters());
  }

  /**
   * Takes the weights that a structure begins with.
   *
   * @param points of an archetypal decoder {@code [points, d_out]}; stay the caller's
   */
  void begin(Optional<Tensor> points) {
    TrainOptions options = state.options();
    RowLayout layout = state.layout();
    try (PointerScope scope = new PointerScope()) {
      ThresholdForm form = options.thresholdForm();
      new InitialWeights(
              options.decoderScale(),
              options.encoderScale(),
              options.firstThreshold(),
              options.seed())
          .of(
              state.design().at(0),
              new InitialWeights.Sizes(state.latents(), layout.inputs(), state.width()),
              points)
          .forEach(
              (name, tensor) -> {
                if (name.equals(ParameterNames.THRESHOLD)) {
                  state
                      .tensor(TrainState.THRESHOLDS)
                      .fill_(new Scalar(form.parameter(options.firstThreshold())));
                } else {
                  state.tensor(name).copy_(tensor);
                }
              });
      if (state.parameters().containsKey(ParameterNames.W_ROUTER)) {
        // Of rows of mean square d the first scores differ by about 1; of shorter ones they are to.
        double square =
            options.inputScale() == InputScale.UNIT
                ? layout.same() ? layout.sites() : 1
                : layout.inputs();
        double longer = Math.sqrt(layout.inputs() / square);
        state.tensor(ParameterNames.W_ROUTER).mul_(new Scalar(longer));
      }
    }
  }

  /**
   * Turns encoder rows to where a linear map has their decoder rows come from, each of the norm
   * that encoders begin with: of a transcoder no transpose is a beginning. Halves of an encoder are
   * no rows of latents and stay.
   *
   * @param map {@code [outputs, inputs]}, of normalised rows
   */
  void align(float[] map) {
    TrainOptions options = state.options();
    RowLayout layout = state.layout();
    if (!state.parameters().containsKey(TrainState.W_ENC)) {
      return;
    }
    try (PointerScope scope = new PointerScope()) {
      Tensor matrix = TensorMemory.floats(map, layout.outputs(), layout.inputs());
      Tensor read = Objective.decoder(state.design().at(0), state.parameters()).matmul(matrix);
      Tensor norms = read.norm(new ScalarOptional(new Scalar(2.0)), new long[] {1}, true);
      Tensor unit = read.div(norms.clamp_min(new Scalar(Float.MIN_NORMAL)));
      state.tensor(TrainState.W_ENC).copy_(unit.mul(new Scalar(options.encoderScale())));
    }
  }

  /**
   * Takes where the inputs' centre is: a router begins there, and so does an encoder that nothing
   * is subtracted for, because its target is something else.
   *
   * @param centre {@code [inputs]}, of normalised rows
   */
  void centre(double[] centre) {
    TrainOptions options = state.options();
    RowLayout layout = state.layout();
    if (options.composed().isEmpty()) {
      return;
    }
    try (PointerScope scope = new PointerScope()) {
      float[] values = new float[centre.length];
      for (int j = 0; j < values.length; j++) {
        values[j] = (float) centre[j];
      }
      Tensor point = TensorMemory.floats(values, values.length);
      if (state.parameters().containsKey(ParameterNames.B_ROUTER)) {
        state.tensor(ParameterNames.B_ROUTER).copy_(point);
      }
      if (!layout.same()) {
        CENTRED.forEach(
            (bias, matrix) -> {
              if (state.parameters().containsKey(bias)) {
                state.tensor(bias).copy_(state.tensor(matrix).mv(point).neg());
              }
            });
      }
    }
  }
}
