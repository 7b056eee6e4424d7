package org.sememe.app.bench;

import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.sememe.training.TrainOptions;
import org.sememe.training.TrainState;

/**
 * A dictionary's weights as plain libtorch tensors, and what every trainer does with gradients:
 * those of decoder rows made orthogonal to the rows, clipping to norm 1, Adam, decoder rows back to
 * norm 1. Owns its tensors.
 */
final class RivalWeights implements AutoCloseable {
  private static final double LEARNING_RATE = 2e-4;
  private static final double BETA_1 = 0.9;
  private static final double BETA_2 = 0.999;
  private static final double EPSILON = 1e-8;

  final Tensor encoder;
  final Tensor encoderBias;
  final Tensor decoder;
  final Tensor decoderBias;
  private final List<Tensor> weights;
  private final List<Tensor> first;
  private final List<Tensor> second;
  private int steps;

  /** The weights that our own step begins with too. */
  RivalWeights(TrainOptions options, int width) {
    try (TrainState initial = TrainState.initial(options, width)) {
      this.encoder = copy(initial, "W_enc");
      this.encoderBias = copy(initial, "b_enc");
      this.decoder = copy(initial, "W_dec");
      this.decoderBias = copy(initial, "b_dec");
    }
    this.weights = List.of(encoder, encoderBias, decoder, decoderBias);
    this.first = weights.stream().map(weight -> kept(torch.zeros_like(weight))).toList();
    this.second = weights.stream().map(weight -> kept(torch.zeros_like(weight))).toList();
  }

  private static Tensor copy(TrainState from, String name) {
    return kept(from.tensors().get(name).clone());
  }

  private static Tensor kept(Tensor tensor) {
    tensor.retainReference();
    return tensor;
  }

  private void normalise() {
    decoder.div_(decoder.square().sum(1).sqrt().unsqueeze(1));
  }

  /** Takes a step, in the caller's scope; gradients are changed. */
  void update(Tensor dEncoder, Tensor dEncoderBias, Tensor dDecoder, Tensor dDecoderBias) {
    Tensor along = dDecoder.mul(decoder).sum(1).unsqueeze(1);
    dDecoder.sub_(along.mul(decoder));
    List<Tensor> gradients = List.of(dEncoder, dEncoderBias, dDecoder, dDecoderBias);
    double squared = 0;
    for (Tensor gradient : gradients) {
      squared += gradient.square().sum().item_double();
    }
    Scalar clip = new Scalar(Math.min(1, 1 / (Math.sqrt(squared) + 1e-6)));
    steps++;
    double step = LEARNING_RATE / (1 - Math.pow(BETA_1, steps));
    double root = Math.sqrt(1 - Math.pow(BETA_2, steps));
    for (int i : IntStream.range(0, weights.size()).toArray()) {
      Tensor gradient = gradients.get(i).mul_(clip);
      first.get(i).lerp_(gradient, new Scalar(1 - BETA_1));
      second.get(i).mul_(new Scalar(BETA_2)).addcmul_(gradient, gradient, new Scalar(1 - BETA_2));
      Tensor divisor = second.get(i).sqrt().div_(new Scalar(root)).add_(new Scalar(EPSILON));
      weights.get(i).addcdiv_(first.get(i), divisor, new Scalar(-step));
    }
    normalise();
  }

  @Override
  public void close() {
    weights.forEach(Tensor::close);
    first.forEach(Tensor::close);
    second.forEach(Tensor::close);
  }
}
