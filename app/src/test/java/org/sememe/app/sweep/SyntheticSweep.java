package org.sememe.app.sweep;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.sememe.tensors.RandomStream;
import org.sememe.training.Provenance;
import org.sememe.training.TrainOptions;

/** A made-up sweep: what is shown of it can be known without training anything. */
public final class SyntheticSweep {
  private SyntheticSweep() {}

  /** Two architectures at four sparsities with three seeds each, and one member that failed. */
  public static Sweep sweep() {
    RandomStream random = RandomStream.of(7);
    Map<String, String> lists = new LinkedHashMap<>();
    lists.put("architecture", "topk,batchtopk");
    lists.put("k", "16,32,64,128");
    List<SweepMember> members = new ArrayList<>();
    for (SweepMember member :
        SweepGrid.of(lists, List.of(), 3).members(TrainOptions.of(4608, 32, 1_000_000)::with)) {
      double k = Double.parseDouble(member.settings().get("k"));
      boolean batch = member.settings().get("architecture").equals("batchtopk");
      double fvu = (batch ? 0.62 : 0.7) * Math.pow(k, -0.33) * (1 + 0.01 * random.nextGaussian());
      double l0 = batch ? k * (0.97 + 0.02 * random.nextFloat()) : k;
      double recovered = 1 - 0.45 * fvu;
      members.add(
          member.measured(
              new SweepScores(
                  fvu,
                  List.of(fvu * 0.98, fvu * 1.02),
                  l0,
                  List.of(l0 * 0.99, l0 * 1.01),
                  0.004,
                  23_456,
                  1_234,
                  OptionalDouble.of(recovered),
                  Optional.of(List.of(recovered - 0.01, recovered + 0.01)),
                  7_890,
                  64)));
    }
    members.set(2, members.get(2).failed("the loss is no longer a number at step 7: lower lr"));
    return Sweep.of(
        new Provenance(
            "blocks.9.hook_resid_post", "SmolLM2-135M-Instruct", "00", "wordnet", "11", Map.of()),
        new SweepMeasure(23_456, 64, Optional.empty()),
        members);
  }
}
