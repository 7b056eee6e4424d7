package org.sememe.models;

import java.util.Optional;

/**
 * The block that a hook point lies in: once a run has captured what the block reads, further runs
 * of the same batch that differ from there on can {@link HookPlan.Builder#startAt start} at it.
 *
 * @param layer the block's number from 0
 */
public record StartBlock(int layer) {
  /** The block of a model's hook point; empty if the point lies in none. */
  public static Optional<StartBlock> of(Network model, String hook) {
    StartBlock block = new StartBlock(model.hookPoint(hook).layer());
    return model.hookPoints().stream().map(HookPoint::name).anyMatch(block.residual()::equals)
        ? Optional.of(block)
        : Optional.empty();
  }

  /** The hook point of what the block reads. */
  public String residual() {
    return "blocks." + layer + ".hook_resid_pre";
  }
}
