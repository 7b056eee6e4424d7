package org.sememe.sae.dictionary;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** From latents {@code [n, groups, F]} to outputs {@code [n, outputs]}. Tensors are float32. */
public sealed interface Decoding {
  /** The outputs. */
  Tensor outputs(Tensor latents);

  /** The values of an output row. */
  long size();

  /** Its tensors. */
  Stream<Tensor> tensors();

  /**
   * {@code f W_dec + b_dec}: every output from the same latents.
   *
   * @param weight {@code [F, outputs]}
   * @param bias {@code [outputs]}
   */
  record Joint(Tensor weight, Tensor bias) implements Decoding {
    @Override
    public Tensor outputs(Tensor latents) {
      return latents.squeeze(1).matmul(weight).add(bias);
    }

    @Override
    public long size() {
      return weight.size(1);
    }

    @Override
    public Stream<Tensor> tensors() {
      return Stream.of(weight, bias);
    }
  }

  /**
   * Each site from its own latents.
   *
   * @param weight {@code [sites, F, d]}
   * @param bias {@code [sites, d]}
   */
  record PerSite(Tensor weight, Tensor bias) implements Decoding {
    @Override
    public Tensor outputs(Tensor latents) {
      Tensor sites = latents.transpose(0, 1).matmul(weight).transpose(0, 1).add(bias);
      return sites.reshape(latents.size(0), -1);
    }

    @Override
    public long size() {
      return weight.size(0) * weight.size(2);
    }

    @Override
    public Stream<Tensor> tensors() {
      return Stream.of(weight, bias);
    }
  }

  /**
   * Each layer from the latents of all layers up to it.
   *
   * @param weights of layer t {@code [t + 1, F, d]}: from the latents of layers 0 to t
   * @param bias {@code [layers, d]}
   */
  record UpToLayer(List<Tensor> weights, Tensor bias) implements Decoding {
    public UpToLayer {
      weights = List.copyOf(weights);
    }

    @Override
    public Tensor outputs(Tensor latents) {
      List<Tensor> layers = new ArrayList<>();
      for (Tensor weight : weights) {
        long sources = weight.size(0);
        Tensor from = latents.narrow(1, 0, sources).reshape(latents.size(0), -1);
        layers.add(from.matmul(weight.reshape(-1, weight.size(2))));
      }
      Tensor all = torch.stack(new TensorVector(layers.toArray(Tensor[]::new)), 1);
      return all.add(bias).reshape(latents.size(0), -1);
    }

    @Override
    public long size() {
      return bias.numel();
    }

    @Override
    public Stream<Tensor> tensors() {
      return Stream.concat(weights.stream(), Stream.of(bias));
    }
  }
}
