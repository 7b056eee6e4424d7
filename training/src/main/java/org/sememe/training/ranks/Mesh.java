package org.sememe.training.ranks;

import java.io.IOException;
import java.time.Duration;

/**
 * How the work of a step is dealt out: the rows of a batch over one group of ranks, the latents of
 * the dictionary over another. Data parallel is a mesh whose second group has one rank, latent
 * sharded one whose first has; a single rank is both. Ranks with other rows may share out the
 * update of the latents too.
 *
 * @param all every rank of the job
 * @param rows those with other rows of a batch than this one
 * @param latents those with other latents
 * @param updates those that have the same weights and update those of other latents
 */
public record Mesh(Communicator all, Communicator rows, Communicator latents, Communicator updates)
    implements AutoCloseable {
  /** One rank that does everything. */
  public static Mesh single() {
    SingleRank alone = new SingleRank();
    return new Mesh(alone, alone, alone, alone);
  }

  /** The ranks of a job, dealt out in one of the ways there are. */
  public static Mesh of(Communicator all, Sharding sharding) {
    SingleRank alone = new SingleRank();
    return switch (sharding) {
      case ROWS -> new Mesh(all, all, alone, alone);
      case ZERO1 -> new Mesh(all, all, alone, all);
      case LATENTS -> new Mesh(all, alone, all, alone);
    };
  }

  /** Meets the other ranks of a job; libtorch must be loaded. */
  public static Mesh join(RankPlace place, Sharding sharding, Duration timeout) throws IOException {
    return of(C10dRanks.join(place, timeout), sharding);
  }

  /** Whether this rank writes files and speaks for all. */
  public boolean leads() {
    return all.rank() == 0;
  }

  /** Whether there are no other ranks. */
  public boolean alone() {
    return all.size() == 1;
  }

  @Override
  public void close() {
    all.close();
  }
}
