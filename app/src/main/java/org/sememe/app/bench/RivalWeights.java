package org.sememe.app.bench;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.sememe.training.TrainOptions;
import org.sememe.training.TrainState;

/**
 * A dictionary's weights as plain libtorch tensors, and what every trainer does with gradients:
 * those of decoder rows made orthogonal to the rows, clipping, Adam with the options' numbers,
 * decoder rows back to norm 1. Owns its tensors.
 */
final class RivalWeights implements AutoCloseable {
  /** As in torch.nn.utils.clip_grad_norm_. */
  private static final double CLIP_FLOOR = 1e-6;

  private final TrainOptions options;
  final Tensor encoder;
  final Tensor encoderBias;
  final Tensor decoder;
  final Tensor decoderBias;
  private final List<Tensor> weights;
  private final List<Tensor> first;
  private final List<Tensor> second;
  private int steps;

  private RivalWeights(TrainState from, TrainOptions options) {
    this.options = options;
    this.encoder = copy(from, "W_enc");
    this.encoderBias = copy(from, "b_enc");
    this.decoder = copy(from, "W_dec");
    this.decoderBias = copy(from, "b_dec");
    this.weights = List.of(encoder, encoderBias, decoder, decoderBias);
    this.first = weights.stream().map(weight -> kept(torch.zeros_like(weight))).toList();
    this.second = weights.stream().map(weight -> kept(torch.zeros_like(weight))).toList();
  }

  /** Copies of a state's weights; Adam begins anew. */
  static RivalWeights copyOf(TrainState state, TrainOptions options) {
    try (PointerScope scope = new PointerScope()) {
      return new RivalWeights(state, options);
    }
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

  /**
   * Takes a step, in the caller's scope.
   *
   * @param gradients of encoder, encoder's bias, decoder, decoder's bias; changed
   */
  void update(double rate, List<Tensor> gradients) {
    Tensor dDecoder = gradients.get(2);
    Tensor along = dDecoder.mul(decoder).sum(1).unsqueeze(1);
    dDecoder.sub_(along.mul(decoder));
    double squared = 0;
    for (Tensor gradient : gradients) {
      squared += gradient.square().sum().item_double();
    }
    double most = options.clip() == 0 ? Double.POSITIVE_INFINITY : options.clip();
    Scalar clip = new Scalar(Math.min(1, most / (Math.sqrt(squared) + CLIP_FLOOR)));
    steps++;
    double beta1 = options.beta1();
    double beta2 = options.beta2();
    double step = rate / (1 - Math.pow(beta1, steps));
    double root = Math.sqrt(1 - Math.pow(beta2, steps));
    for (int i : IntStream.range(0, weights.size()).toArray()) {
      Tensor gradient = gradients.get(i).mul_(clip);
      first.get(i).lerp_(gradient, new Scalar(1 - beta1));
      second.get(i).mul_(new Scalar(beta2)).addcmul_(gradient, gradient, new Scalar(1 - beta2));
      Tensor divisor =
          second.get(i).sqrt().div_(new Scalar(root)).add_(new Scalar(options.epsilon()));
      weights.get(i).addcdiv_(first.get(i), divisor, new Scalar(-step));
    }
    normalise();
  }

  /** The weights by name, as a {@link TrainState} has them. */
  Map<String, Tensor> tensors() {
    return Map.of("W_enc", encoder, "b_enc", encoderBias, "W_dec", decoder, "b_dec", decoderBias);
  }

  @Override
  public void close() {
    weights.forEach(Tensor::close);
    first.forEach(Tensor::close);
    second.forEach(Tensor::close);
  }
}
