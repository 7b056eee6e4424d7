package org.sememe.diffusion.distillation;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.sememe.models.unet.ParameterSource;
import org.sememe.tensors.TensorMemory;

/** The small networks of the fixtures' README, over the weights of a case. */
final class TinyNetworks {
  private final SequencedMap<String, Tensor> weights;
  private final JsonNode facts;

  TinyNetworks(SequencedMap<String, Tensor> weights, JsonNode facts) {
    this.weights = weights;
    this.facts = facts;
  }

  /** The weights whose names begin with a prefix, requiring gradients. */
  SequencedMap<String, Tensor> learning(String prefix) {
    SequencedMap<String, Tensor> found = new LinkedHashMap<>();
    weights.forEach(
        (name, tensor) -> {
          if (name.startsWith(prefix)) {
            found.put(name, tensor.set_requires_grad(true));
          }
        });
    return found;
  }

  /** What a denoiser computes on its way. */
  record Denoised(Tensor e, Tensor h1, Tensor h2, Tensor output) {}

  Denoised denoised(String net, Tensor x, int[] timesteps, int[] labels) {
    // The fixtures count timesteps from 1.
    double[] times = Arrays.stream(timesteps).mapToDouble(t -> t + 1.0).toArray();
    Tensor t = NoisyPictures.column(times, x).reshape(times.length, 1);
    Tensor angles = t.mul(weights.get("freq").unsqueeze(0));
    Tensor waves = torch.cat(new TensorVector(angles.sin(), angles.cos()), 1);
    Tensor e =
        waves
            .matmul(weights.get(net + ".time.weight").t())
            .add(weights.get(net + ".time.bias"))
            .add(rows(net + ".label.weight", labels));
    Tensor h1 = torch.silu(convolved(net + ".conv1", x, 1).add(e.unsqueeze(2).unsqueeze(3)));
    Tensor h2 = torch.silu(convolved(net + ".conv2", h1, 1)).add(h1);
    return new Denoised(e, h1, h2, convolved(net + ".conv3", h2, 1));
  }

  Denoiser denoiser(String net) {
    return (x, timesteps, labels) -> denoised(net, x, timesteps, labels).output();
  }

  FeatureNetwork.Features features(Tensor pictures) {
    List<Tensor> taps = new ArrayList<>();
    Tensor x = pictures;
    for (int i = 0; weights.containsKey("features." + i + ".weight"); i++) {
      x = torch.silu(convolved("features." + i, x, i == 1 ? 2 : 1));
      taps.add(x);
    }
    return new FeatureNetwork.Features(taps, x.mean(2, 3));
  }

  Tensor text(int[] labels) {
    return rows("text.weight", labels);
  }

  Discriminator discriminator() throws IOException {
    List<Head> heads = new ArrayList<>();
    for (int k = 0; k < facts.path("taps").size(); k++) {
      int channels = facts.path("taps").get(k).asInt();
      int image = facts.path("taps").get(facts.path("taps").size() - 1).asInt();
      heads.add(
          new ConvolutionHead(
              new ConvolutionHead.Shape(
                  channels,
                  facts.path("head").asInt(),
                  facts.path("proj").asInt(),
                  facts.path("text").asInt(),
                  image),
              source("heads." + k + ".")));
    }
    return new Discriminator(heads);
  }

  ParameterSource source(String prefix) {
    return (path, shape) -> {
      Tensor weight = weights.get(prefix + path);
      if (!Arrays.equals(TensorMemory.shape(weight), shape)) {
        throw new IllegalArgumentException(prefix + path + " is " + Arrays.toString(shape));
      }
      return weight;
    };
  }

  private Tensor rows(String name, int[] labels) {
    long[] indices = Arrays.stream(labels).asLongStream().toArray();
    return weights.get(name).index_select(0, TensorMemory.longs(indices, indices.length));
  }

  private Tensor convolved(String name, Tensor x, int stride) {
    return torch.conv2d(
        x,
        weights.get(name + ".weight"),
        new TensorOptional(weights.get(name + ".bias")),
        new long[] {stride, stride},
        new long[] {1, 1},
        new long[] {1, 1},
        1);
  }
}
