package org.sememe.training.ranks;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * A process's place among those of its job, as torchrun's environment variables say it: {@code
 * RANK}, {@code WORLD_SIZE}, {@code MASTER_ADDR}, {@code MASTER_PORT}, and where the launcher sets
 * them {@code LOCAL_WORLD_SIZE}, {@code TORCHELASTIC_USE_AGENT_STORE} and {@code
 * TORCHELASTIC_RESTART_COUNT}.
 *
 * @param rank from 0
 * @param size ranks of the job
 * @param address host of rank 0
 * @param port where the ranks meet there
 * @param local ranks on this machine
 * @param agentStore whether the launcher serves the meeting point, else rank 0 does
 * @param attempt how often the launcher has started the job again
 */
public record RankPlace(
    int rank, int size, String address, int port, int local, boolean agentStore, int attempt) {
  private static final int MOST_RANKS = 65_536;
  private static final int MOST_PORT = 65_535;

  /** How long a rank waits for the others where nothing else is said. */
  public static final Duration TIMEOUT = Duration.ofMinutes(5);

  /**
   * The place that an environment names; empty where it names none, or a job of one rank.
   *
   * @throws IllegalArgumentException if a variable is missing or wrong
   */
  public static Optional<RankPlace> of(Map<String, String> environment) {
    if (!environment.containsKey("WORLD_SIZE")) {
      return Optional.empty();
    }
    int size = number(environment, "WORLD_SIZE", 1, MOST_RANKS);
    if (size == 1) {
      return Optional.empty();
    }
    return Optional.of(
        new RankPlace(
            number(environment, "RANK", 0, size - 1),
            size,
            text(environment, "MASTER_ADDR"),
            number(environment, "MASTER_PORT", 1, MOST_PORT),
            environment.containsKey("LOCAL_WORLD_SIZE")
                ? number(environment, "LOCAL_WORLD_SIZE", 1, size)
                : 1,
            "True".equalsIgnoreCase(environment.get("TORCHELASTIC_USE_AGENT_STORE")),
            environment.containsKey("TORCHELASTIC_RESTART_COUNT")
                ? number(environment, "TORCHELASTIC_RESTART_COUNT", 0, Integer.MAX_VALUE)
                : 0));
  }

  /** How many ranks of a job share this machine's cores; 1 where nothing says so. */
  public static int onThisMachine(Map<String, String> environment) {
    try {
      return of(environment).map(RankPlace::local).orElse(1);
    } catch (IllegalArgumentException e) {
      return 1; // said where the place is needed
    }
  }

  private static String text(Map<String, String> environment, String name) {
    String value = environment.getOrDefault(name, "");
    if (value.isBlank()) {
      throw new IllegalArgumentException(
          name
              + " is not set, though WORLD_SIZE is: set RANK, WORLD_SIZE, MASTER_ADDR and"
              + " MASTER_PORT, or none of them");
    }
    return value.strip();
  }

  private static int number(Map<String, String> environment, String name, int least, int most) {
    String value = text(environment, name);
    try {
      int number = Integer.parseInt(value);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw new IllegalArgumentException(
        name + "=" + value + ": must be a whole number from " + least + " to " + most);
  }
}
