package org.sememe.analysis.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.sememe.analysis.index.Coactivations.Partner;
import org.sememe.tensors.RandomStream;

/** Which latents fire together, where it is known because it was planted. */
class CoactivationsTest {
  private static final int ROWS = 20_000;
  private static final int LATENTS = 200;
  private static final IndexOptions OPTIONS = IndexOptions.defaults();

  /** Rows on which every latent fires by itself alone, one in fifty. */
  private static List<SortedSet<Integer>> independent(long seed) {
    RandomStream random = RandomStream.of(seed);
    List<SortedSet<Integer>> rows = new ArrayList<>();
    for (int row = 0; row < ROWS; row++) {
      SortedSet<Integer> active = new TreeSet<>();
      for (int latent = 0; latent < LATENTS; latent++) {
        if (random.nextInt(50) == 0) {
          active.add(latent);
        }
      }
      rows.add(active);
    }
    return rows;
  }

  private static Firings firings(List<SortedSet<Integer>> rows) {
    int[] active = rows.stream().mapToInt(SortedSet::size).toArray();
    int[] latents = rows.stream().flatMap(SortedSet::stream).mapToInt(Integer::intValue).toArray();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment values = arena.allocate(ValueLayout.JAVA_FLOAT, latents.length);
      return Firings.byLatent(
          List.of(
              new FiredRows(
                  arena.allocateFrom(ValueLayout.JAVA_INT, active),
                  arena.allocateFrom(ValueLayout.JAVA_INT, latents),
                  values)),
          LATENTS);
    }
  }

  private interface Check {
    void of(Coactivations all);
  }

  private static void check(List<SortedSet<Integer>> rows, IndexOptions options, Check check) {
    try (Firings firings = firings(rows);
        Coactivations all = new Coactivations(firings, LATENTS, rows.size(), options)) {
      check.of(all);
    }
  }

  private static IndexOptions pairs(long pairs) {
    IndexOptions d = OPTIONS;
    return new IndexOptions(
        d.rows(), d.bins(), d.intervals(), 12, 2, 5, 20, 6, 10, 10, 10, pairs, 0);
  }

  @Test
  void latentsThatFireByThemselvesHaveNoPartners() {
    for (long seed = 0; seed < 3; seed++) {
      check(
          independent(seed),
          OPTIONS,
          all -> {
            assertThat(all.tokens()).isEqualTo(ROWS);
            for (int latent = 0; latent < LATENTS; latent++) {
              assertThat(all.active(latent)).isBetween(300, 500);
              assertThat(all.partners(latent)).isEmpty();
            }
          });
    }
  }

  /**
   * 3 fires wherever 2 does, and nowhere else; 5 on half of 4's tokens; 7 only where 6 does not.
   */
  private static List<SortedSet<Integer>> planted() {
    List<SortedSet<Integer>> rows = independent(7);
    int ofFour = 0;
    for (SortedSet<Integer> row : rows) {
      row.removeAll(List.of(3, 5, 7));
      if (row.contains(2)) {
        row.add(3);
      }
      if (row.contains(4) && ofFour++ % 2 == 0) {
        row.add(5);
      }
      if (!row.contains(6) && row.contains(8)) {
        row.add(7);
      }
    }
    return rows;
  }

  private static long count(List<SortedSet<Integer>> rows, int... latents) {
    return rows.stream().filter(row -> IntStream.of(latents).allMatch(row::contains)).count();
  }

  @Test
  void plantedPartnersAreFoundWithTheirExactCountsAndPhi() {
    List<SortedSet<Integer>> rows = planted();
    check(
        rows,
        OPTIONS,
        all -> {
          long two = count(rows, 2);
          assertThat(all.partners(2)).containsExactly(new Partner(3, two, 1));
          assertThat(all.partners(3)).containsExactly(new Partner(2, two, 1));
          long four = count(rows, 4);
          long both = count(rows, 4, 5);
          assertThat(both).isEqualTo((four + 1) / 2);
          // Of a latent inside another one: the square root of the odds' ratio.
          double phi = Math.sqrt((double) both / four * (ROWS - four) / (ROWS - both));
          for (int latent : new int[] {4, 5}) {
            Partner partner = all.partners(latent).getFirst();
            assertThat(all.partners(latent)).hasSize(1);
            assertThat(partner.latent()).isEqualTo(9 - latent);
            assertThat(partner.together()).isEqualTo(both);
            assertThat(partner.phi()).isCloseTo(phi, within(1e-12));
          }
          // What keeps apart is no partner.
          assertThat(all.partners(6)).isEmpty();
          assertThat(all.partners(7)).extracting(Partner::latent).containsExactly(8);
        });
  }

  @Test
  void onlyTheStrongestAreNamedAndOfEqualOnesTheFirst() {
    List<SortedSet<Integer>> rows = independent(1);
    for (int row = 0; row < ROWS; row += 40) {
      rows.get(row).addAll(IntStream.range(100, 120).boxed().toList());
    }
    rows.forEach(row -> row.removeIf(latent -> latent >= 100 && latent < 120 && row.size() < 20));
    check(
        rows,
        OPTIONS,
        all -> {
          List<Partner> partners = all.partners(100);
          assertThat(partners).extracting(Partner::phi).containsOnly(1.0);
          assertThat(partners)
              .extracting(Partner::latent)
              .containsExactly(101, 102, 103, 104, 105, 106, 107, 108, 109, 110);
        });
  }

  @Test
  void withTooManyPairsTokensAreSampledAndEveryCountIsOfTheSample() {
    List<SortedSet<Integer>> rows = planted();
    double pairs = rows.stream().mapToDouble(row -> (double) row.size() * row.size()).sum();
    check(
        rows,
        pairs((long) (pairs / 4)),
        all -> {
          assertThat(all.tokens()).isBetween(ROWS / 4 - 300, ROWS / 4 + 300);
          int active = all.active(2);
          assertThat(active).isBetween(50, 150).isEqualTo(all.active(3));
          assertThat(all.partners(2)).containsExactly(new Partner(3, active, 1));
        });
    check(
        rows,
        pairs(0),
        all -> {
          assertThat(all.tokens()).isZero();
          assertThat(all.partners(2)).isEmpty();
        });
  }

  @Test
  void theNumbersOfAPairAreThoseOfItsTable() {
    Cooccurrence pair = new Cooccurrence(30, 100, 60, 1000);
    assertThat(pair.expected()).isEqualTo(6);
    // Pearson's correlation of two columns of 0 and 1 with these counts.
    double covariance = 30 / 1000.0 - 0.1 * 0.06;
    assertThat(pair.phi())
        .isCloseTo(covariance / Math.sqrt(0.1 * 0.9 * 0.06 * 0.94), within(1e-12));
    assertThat(new Cooccurrence(6, 100, 60, 1000).phi()).isZero();
    assertThat(new Cooccurrence(5, 100, 60, 1000).evidence()).isZero();
    assertThat(new Cooccurrence(60, 1000, 60, 1000).phi()).isZero();
  }

  @Test
  void theEvidenceBoundsTheTailOfTheHypergeometricDistribution() {
    int tokens = 200;
    for (int one : new int[] {3, 20, 60}) {
      for (int other : new int[] {3, 30}) {
        double tail = 0;
        for (int together = Math.min(one, other); together > 0; together--) {
          tail +=
              Math.exp(
                  choose(other, together)
                      + choose(tokens - other, one - together)
                      - choose(tokens, one));
          Cooccurrence pair = new Cooccurrence(together, one, other, tokens);
          assertThat(Math.exp(-pair.evidence())).isGreaterThanOrEqualTo(tail * (1 - 1e-9));
          assertThat(pair.evidence())
              .isCloseTo(new Cooccurrence(together, other, one, tokens).evidence(), within(1e-9));
        }
      }
    }
    // 10 of 10 that are 1 in 20: 20^-10 where tokens are drawn with replacement.
    assertThat(new Cooccurrence(10, 10, 10, 200).evidence())
        .isCloseTo(10 * Math.log(20), within(1e-9));
  }

  /** The logarithm of a binomial coefficient. */
  private static double choose(int n, int k) {
    double log = 0;
    for (int i = 0; i < k; i++) {
      log += Math.log((double) (n - i) / (i + 1));
    }
    return log;
  }
}
