package org.sememe.sae.dictionary;

import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** From rows to pre-activations {@code [n, groups, F]}. Tensors are float32. */
public sealed interface Encoding {
  /**
   * The pre-activations.
   *
   * @param x {@code [n, inputs]}
   */
  Tensor scores(Tensor x);

  /** F, of one group. */
  long latents();

  /** The values of an input row. */
  long inputs();

  /** Its tensors. */
  Stream<Tensor> tensors();

  /**
   * {@code x W_encᵀ + b_enc}, all sites together; times {@code sigmoid(x G_encᵀ + g_enc)} where
   * there is a gate (a gated linear unit).
   *
   * @param weight {@code [F, inputs]}
   * @param bias {@code [F]}
   * @param gate of the same shapes
   */
  record Joint(Tensor weight, Tensor bias, Optional<Joint> gate) implements Encoding {
    @Override
    public Tensor scores(Tensor x) {
      Tensor scores = torch.linear(x, weight, new TensorOptional(bias)).unsqueeze(1);
      return gate.isEmpty() ? scores : scores.mul(gate.get().scores(x).sigmoid());
    }

    @Override
    public long latents() {
      return weight.size(0);
    }

    @Override
    public long inputs() {
      return weight.size(1);
    }

    @Override
    public Stream<Tensor> tensors() {
      return Stream.concat(Stream.of(weight, bias), gate.stream().flatMap(Joint::tensors));
    }
  }

  /**
   * Each layer's latents from that layer's input.
   *
   * @param weight {@code [layers, F, d]}
   * @param bias {@code [layers, F]}
   */
  record PerLayer(Tensor weight, Tensor bias) implements Encoding {
    @Override
    public Tensor scores(Tensor x) {
      Tensor layers = x.reshape(x.size(0), weight.size(0), weight.size(2)).transpose(0, 1);
      return layers.matmul(weight.transpose(1, 2)).transpose(0, 1).add(bias);
    }

    @Override
    public long latents() {
      return weight.size(1);
    }

    @Override
    public long inputs() {
      return weight.size(0) * weight.size(2);
    }

    @Override
    public Stream<Tensor> tensors() {
      return Stream.of(weight, bias);
    }
  }

  /**
   * KronSAE's: {@code scale sqrt(a b)} of all pairs of each head's {@code a = max(x W_Pᵀ + b_P, 0)}
   * and {@code b = max(x W_Qᵀ + b_Q, 0)}; of m and n of them latent {@code (h m + i) n + j} is that
   * of a's i-th and b's j-th.
   *
   * @param first W_P {@code [heads m, d]} and b_P, without a gate
   * @param second W_Q {@code [heads n, d]} and b_Q, without a gate
   * @param scale {@code [F]}; empty for 1
   */
  record Kronecker(Joint first, Joint second, int heads, Optional<Tensor> scale)
      implements Encoding {
    public Kronecker {
      if (heads < 1
          || first.latents() % heads != 0
          || second.latents() % heads != 0
          || first.inputs() != second.inputs()) {
        throw new IllegalArgumentException(
            "%d heads of halves [%d, %d] and [%d, %d] do not fit together"
                .formatted(
                    heads, first.latents(), first.inputs(), second.latents(), second.inputs()));
      }
    }

    @Override
    public Tensor scores(Tensor x) {
      long n = x.size(0);
      Tensor a = first.scores(x).relu().reshape(n, heads, first.latents() / heads, 1);
      Tensor b = second.scores(x).relu().reshape(n, heads, 1, second.latents() / heads);
      Tensor pairs = a.mul(b).sqrt().reshape(n, 1, latents());
      return scale.map(pairs::mul).orElse(pairs);
    }

    @Override
    public long latents() {
      return first.latents() / heads * second.latents();
    }

    @Override
    public long inputs() {
      return first.inputs();
    }

    @Override
    public Stream<Tensor> tensors() {
      return Stream.of(first.tensors(), second.tensors(), scale.stream()).flatMap(part -> part);
    }
  }

  /**
   * Switch SAE's: {@code q[e] (x W_encᵀ + b_enc)} for the latents of the expert {@code e = argmax
   * q} alone, an equal share of neighbouring ones, with {@code q = softmax(x W_routerᵀ +
   * b_router)}; the others' are 0.
   *
   * @param experts W_enc {@code [F, d]} and b_enc of all, without a gate
   * @param router W_router {@code [experts, d]} and b_router {@code [experts]}, without a gate
   */
  record Routed(Joint experts, Joint router) implements Encoding {
    public Routed {
      if (experts.latents() % router.latents() != 0 || experts.inputs() != router.inputs()) {
        throw new IllegalArgumentException(
            "%d experts cannot share %d latents equally"
                .formatted(router.latents(), experts.latents()));
      }
    }

    @Override
    public Tensor scores(Tensor x) {
      long each = latents() / router.latents();
      Tensor shares = torch.softmax(router.scores(x).squeeze(1), 1);
      T_TensorTensor_T best = shares.max(1, true);
      Tensor all = x.new_zeros(x.size(0), latents());
      for (long expert = 0; expert < router.latents(); expert++) {
        Tensor rows = best.get1().eq(new Scalar(expert)).reshape(-1).nonzero().reshape(-1);
        Tensor own =
            torch.linear(
                x.index_select(0, rows),
                experts.weight().narrow(0, expert * each, each),
                new TensorOptional(experts.bias().narrow(0, expert * each, each)));
        Tensor scaled = own.mul(best.get0().index_select(0, rows));
        all.narrow(1, expert * each, each).index_copy_(0, rows, scaled);
      }
      return all.unsqueeze(1);
    }

    @Override
    public long latents() {
      return experts.latents();
    }

    @Override
    public long inputs() {
      return experts.inputs();
    }

    @Override
    public Stream<Tensor> tensors() {
      return Stream.concat(experts.tensors(), router.tensors());
    }
  }
}
