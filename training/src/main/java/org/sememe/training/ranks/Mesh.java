package org.sememe.training.ranks;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * How the work of a job is dealt out: dictionaries over groups of ranks, and in a group the rows of
 * a batch over some ranks and the latents over others. Data parallel is a mesh whose latents have
 * one rank, latent sharded one whose rows have; a single rank is both. Ranks with other rows may
 * share out the update of the latents too.
 *
 * @param grid of the ranks
 * @param job every rank
 * @param all every rank that trains the same dictionaries
 * @param rows those with other rows of a batch than this one
 * @param latents those with other latents
 * @param updates those that have the same weights and update those of other latents
 */
public record Mesh(
    RankGrid grid,
    Communicator job,
    Communicator all,
    Communicator rows,
    Communicator latents,
    Communicator updates)
    implements AutoCloseable {
  /** One rank that does everything. */
  public static Mesh single() {
    SingleRank alone = new SingleRank();
    return new Mesh(RankGrid.single(), alone, alone, alone, alone, alone);
  }

  /**
   * Meets the other ranks of a job; libtorch must be loaded.
   *
   * @param grid of as many ranks
   */
  public static Mesh join(RankPlace place, RankGrid grid, Duration timeout) throws IOException {
    C10dRanks job = C10dRanks.join(place, timeout);
    int rank = job.rank();
    int group = grid.group(rank);
    Communicator all = some(job, "group-" + group, rank % grid.group(), grid.group());
    Communicator rows =
        grid.rows() == grid.group()
            ? all
            : some(job, "rows-" + group + "-" + grid.latent(rank), grid.row(rank), grid.rows());
    Communicator latents =
        grid.latents() == grid.group()
            ? all
            : some(
                job, "latents-" + group + "-" + grid.row(rank), grid.latent(rank), grid.latents());
    return new Mesh(grid, job, all, rows, latents, grid.zero1() ? rows : new SingleRank());
  }

  /** Some of a job's ranks, of which this is one. */
  private static Communicator some(C10dRanks job, String name, int rank, int size) {
    if (size == 1) {
      return new SingleRank();
    }
    return size == job.size() ? job : job.some(name, rank, size);
  }

  /** Which of a job's dictionaries this rank trains. */
  public Part trained(int dictionaries) {
    return Part.of(dictionaries, grid.group(job.rank()), grid.hooks());
  }

  /** Whether this rank reads and writes the files of the dictionaries that it trains. */
  public boolean leads() {
    return all.rank() == 0;
  }

  /** Whether this rank speaks for the whole job. */
  public boolean speaks() {
    return job.rank() == 0;
  }

  /** Whether no other ranks train the same dictionaries. */
  public boolean alone() {
    return all.size() == 1;
  }

  @Override
  public void close() {
    List.of(updates, latents, rows, all, job).stream().distinct().forEach(Communicator::close);
  }
}
