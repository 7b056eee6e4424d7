package org.sememe.diffusion.distillation;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Function;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.sememe.diffusion.runs.Gradients;

/**
 * Heads over all taps of the feature network, with the hinge losses (equations 2 and 3) and R1 on
 * the heads' inputs.
 */
public record Discriminator(List<Head> heads) {
  public Discriminator {
    heads = List.copyOf(heads);
    if (heads.isEmpty()) {
      throw new IllegalArgumentException("a discriminator without heads");
    }
  }

  /** All heads' parameters, as {@code heads.0.NAME}. */
  public SequencedMap<String, Tensor> parameters() {
    return named(Head::parameters);
  }

  /** What forwards turn in place, named likewise. */
  public SequencedMap<String, Tensor> vectors() {
    return named(Head::vectors);
  }

  private SequencedMap<String, Tensor> named(Function<Head, Map<String, Tensor>> part) {
    SequencedMap<String, Tensor> all = new LinkedHashMap<>();
    for (int k = 0; k < heads.size(); k++) {
      String prefix = "heads." + k + ".";
      part.apply(heads.get(k)).forEach((name, tensor) -> all.put(prefix + name, tensor));
    }
    return all;
  }

  /**
   * One head's part.
   *
   * @param logitsReal {@code [samples, positions]}
   * @param logitsFake {@code [samples, positions]}
   * @param hingeReal mean of {@code max(0, 1 - logit)} of real pictures over samples and positions
   * @param hingeFake mean of {@code max(0, 1 + logit)} of the student's
   * @param penaltyGradient of the sum of a sample's logits by the head's input, real pictures
   * @param penalty its squared length, mean over samples; no factor 1/2
   */
  public record HeadTerms(
      Tensor logitsReal,
      Tensor logitsFake,
      Tensor hingeReal,
      Tensor hingeFake,
      Tensor penaltyGradient,
      Tensor penalty) {}

  /**
   * What the heads minimise.
   *
   * @param hinge the sum over heads of both means
   * @param penalty R1's sum over heads
   */
  public record Terms(List<HeadTerms> heads, Tensor hinge, Tensor penalty) {
    /** {@code hinge + gamma R1}. */
    public Tensor total(double gamma) {
      return hinge.add(penalty.mul(new Scalar(gamma)));
    }
  }

  /**
   * The heads' loss. Gradients run into the heads alone: taps are constants, and so is the
   * condition, whose way from the real picture does not count for R1.
   */
  public Terms judge(List<Tensor> real, List<Tensor> fake, Head.Condition condition) {
    List<HeadTerms> all = new ArrayList<>();
    for (int k = 0; k < heads.size(); k++) {
      all.add(judge(heads.get(k), real.get(k).detach(), fake.get(k).detach(), condition));
    }
    return new Terms(
        List.copyOf(all),
        sum(all.stream().map(terms -> terms.hingeReal.add(terms.hingeFake)).toList()),
        sum(all.stream().map(HeadTerms::penalty).toList()));
  }

  private static HeadTerms judge(Head head, Tensor real, Tensor fake, Head.Condition condition) {
    real.set_requires_grad(true);
    Tensor logitsReal = head.logits(real, condition);
    Tensor gradient = Gradients.recorded(logitsReal.sum(), real);
    Tensor penalty = gradient.mul(gradient).flatten(1, -1).sum(1).mean();
    Tensor logitsFake = head.logits(fake, condition);
    Tensor one = torch.ones_like(logitsReal);
    return new HeadTerms(
        logitsReal,
        logitsFake,
        torch.relu(one.sub(logitsReal)).mean(),
        torch.relu(one.add(logitsFake)).mean(),
        gradient,
        penalty);
  }

  /** What the student minimises: minus the mean logit of its pictures, summed over heads. */
  public Tensor generator(List<Tensor> fake, Head.Condition condition) {
    List<Tensor> losses = new ArrayList<>();
    for (int k = 0; k < heads.size(); k++) {
      losses.add(heads.get(k).logits(fake.get(k), condition).mean().neg());
    }
    return sum(losses);
  }

  private static Tensor sum(List<Tensor> numbers) {
    return numbers.stream().reduce(Tensor::add).orElseThrow();
  }
}
