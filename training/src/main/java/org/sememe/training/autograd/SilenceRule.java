package org.sememe.training.autograd;

/**
 * When a latent counts as dead in a step's loss.
 *
 * @param unit what is counted since a latent fired
 * @param deadFrom the count from which it is dead
 * @param withThisBatch whether the batch itself counts already (dictionary_learning)
 * @param fired what firing is
 */
public record SilenceRule(Unit unit, long deadFrom, boolean withThisBatch, Fired fired) {
  /** What a count counts. */
  public enum Unit {
    /** Rows, in other words tokens. */
    ROWS,
    /** Batches. */
    BATCHES
  }

  /** What firing is. */
  public enum Fired {
    /** An activation that is not 0. */
    ACTIVE,
    /**
     * To be among the k that TopK chose, or the multiple of k of a wider reconstruction (sparsify).
     */
    CHOSEN
  }

  /** How much a batch adds. */
  long amount(long rows) {
    return unit == Unit.ROWS ? rows : 1;
  }
}
