package org.sememe.tensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RandomStreamTest {
  private static final long SEED = 61;
  private static final int DRAWS = 200_000;

  /** The vectors that the authors publish with their library Random123. */
  @ParameterizedTest
  @CsvSource({
    "00000000 00000000 00000000 00000000, 00000000 00000000, 6627e8d5 e169c58d bc57ac4c 9b00dbd8",
    "ffffffff ffffffff ffffffff ffffffff, ffffffff ffffffff, 408f276d 41c83b0e a20bc7c6 6d5451fd",
    "243f6a88 85a308d3 13198a2e 03707344, a4093822 299f31d0, d16cfe09 94fdcceb 5001e420 24126ea1",
  })
  void theOracleGivesThePublishedVectors(String counter, String key, String expected) {
    assertThat(ScalarPhilox.block(words(counter), words(key))).isEqualTo(words(expected));
  }

  private static long[] words(String text) {
    return Arrays.stream(text.split(" ")).mapToLong(word -> Long.parseLong(word, 16)).toArray();
  }

  @Test
  void drawsPhiloxOfItsStateAnywhere() {
    RandomStream states = RandomStream.of(SEED);
    for (int i = 0; i < 1_000; i++) {
      long position = states.nextLong() >>> 1 + states.nextInt(63);
      RandomStream.State state =
          new RandomStream.State(states.nextLong(), states.nextLong(), position);
      RandomStream stream = RandomStream.of(state);
      for (int draw = 0; draw < 5; draw++) {
        assertThat(stream.nextLong())
            .as("%s, seed %d", state, SEED)
            .isEqualTo(ScalarPhilox.word(state));
        state = new RandomStream.State(state.key(), state.lane(), state.position() + 1);
      }
      assertThat(stream.state()).isEqualTo(state);
    }
  }

  @Test
  void aSeedsStreamStartsAtThePublishedVector() {
    RandomStream stream = RandomStream.of(0);
    assertThat(stream.nextLong()).isEqualTo(0xe169c58d6627e8d5L);
    assertThat(stream.nextLong()).isEqualTo(0x9b00dbd8bc57ac4cL);
  }

  @Test
  void subStreamsDependOnTheirNameAndNotOnWhatWasDrawn() throws NoSuchAlgorithmException {
    RandomStream stream = RandomStream.of(SEED);
    RandomStream.State before = stream.stream("a").state();
    RandomStream.State start = stream.state();
    assertThat(stream.state()).isEqualTo(start);
    stream.nextLong();
    assertThat(stream.stream("a").state()).isEqualTo(before).isEqualTo(digested(start, "a"));
    assertThat(before.position()).isZero();
    assertThat(stream.stream(7).state()).isEqualTo(stream.stream("#7").state());
  }

  private static RandomStream.State digested(RandomStream.State parent, String name)
      throws NoSuchAlgorithmException {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    digest.update(ByteBuffer.allocate(16).putLong(parent.key()).putLong(parent.lane()).array());
    digest.update(name.getBytes(StandardCharsets.UTF_8));
    ByteBuffer mixed = ByteBuffer.wrap(digest.digest());
    return new RandomStream.State(mixed.getLong(), mixed.getLong(), 0);
  }

  @Test
  void subStreamsDiffer() {
    Set<Long> firsts = new HashSet<>();
    for (long seed = 0; seed < 10; seed++) {
      RandomStream stream = RandomStream.of(seed);
      firsts.add(stream.nextLong());
      for (String name : new String[] {"", "a", "b", "ab", "ü"}) {
        firsts.add(stream.stream(name).nextLong());
        firsts.add(stream.stream(name).stream(name).nextLong());
      }
      for (long number = -10; number < 10; number++) {
        firsts.add(stream.stream(number).nextLong());
      }
    }
    assertThat(firsts).hasSize(10 * (1 + 10 + 20));
  }

  @Test
  void aStreamGoesOnFromItsStatesText() {
    for (int drawn : new int[] {0, 1, 2, 7}) {
      RandomStream stream = RandomStream.of(-SEED).stream("text");
      for (int i = 0; i < drawn; i++) {
        stream.nextLong();
      }
      String text = stream.state().text();
      assertThat(text).matches("[0-9a-f]{48}");
      RandomStream other = RandomStream.of(RandomStream.State.parse(text));
      assertThat(other.state()).isEqualTo(stream.state());
      for (int i = 0; i < 5; i++) {
        assertThat(other.nextLong()).isEqualTo(stream.nextLong());
      }
    }
  }

  @Test
  void anythingElseIsNoState() {
    String zeros = "0".repeat(47);
    String negative = "0".repeat(32) + "f".repeat(16);
    for (String text : List.of("", zeros, zeros + "00", zeros + "g", zeros + "A", negative)) {
      assertThatThrownBy(() -> RandomStream.State.parse(text))
          .as(text)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 10, 64, 1000})
  void everyNumberBelowABoundIsEquallyLikely(int bound) {
    RandomStream stream = RandomStream.of(SEED).stream(bound);
    requireUniform("bound " + bound, bound, () -> stream.nextInt(bound));
  }

  /**
   * A bound at which taking the remainder, or scaling without rejection, would be plainly uneven.
   */
  @Test
  void hugeBoundsAreEvenToo() {
    RandomStream stream = RandomStream.of(SEED);
    long bound = 3L << 61;
    requireUniform("bound 3 * 2^61", 6, () -> (int) (stream.nextLong(bound) >>> 60));
  }

  @Test
  void floatsAndDoublesAreEven() {
    RandomStream stream = RandomStream.of(SEED);
    requireUniform("double", 100, () -> (int) (stream.nextDouble() * 100));
    requireUniform("float", 64, () -> (int) (stream.nextFloat() * 64));
    requireUniform("int", 128, () -> stream.nextInt() >>> 25);
  }

  /** Chi-square over {@link #DRAWS} draws; 5 standard deviations up are allowed. */
  private static void requireUniform(String what, int cells, IntSupplier draw) {
    int[] counts = new int[cells];
    for (int i = 0; i < DRAWS; i++) {
      counts[draw.getAsInt()]++;
    }
    double expected = (double) DRAWS / cells;
    double chi = 0;
    for (int count : counts) {
      chi += (count - expected) * (count - expected) / expected;
    }
    assertThat(chi)
        .as("%s: chi-square of %d cells, seed %d", what, cells, SEED)
        .isBetween(
            Math.max(0, cells - 1 - 5 * Math.sqrt(2.0 * cells)),
            cells + 5 * Math.sqrt(2.0 * cells));
  }

  @Test
  void boundsBelowOneAreRefused() {
    RandomStream stream = RandomStream.of(SEED);
    assertThatThrownBy(() -> stream.nextInt(0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> stream.nextLong(-1)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void gaussiansHaveTheMomentsOfTheNormal() {
    RandomStream stream = RandomStream.of(SEED);
    double[] moments = new double[5];
    for (int i = 0; i < DRAWS; i++) {
      double value = stream.nextGaussian();
      for (int power = 1; power <= 4; power++) {
        moments[power] += Math.pow(value, power) / DRAWS;
      }
    }
    assertThat(moments[1]).isCloseTo(0, within(0.012));
    assertThat(moments[2]).isCloseTo(1, within(0.02));
    assertThat(moments[3]).isCloseTo(0, within(0.05));
    assertThat(moments[4]).isCloseTo(3, within(0.15));
    assertThat(stream.state().position()).isEqualTo(2L * DRAWS);
  }

  @Test
  void everyOrderIsEquallyLikely() {
    RandomStream stream = RandomStream.of(SEED);
    requireUniform(
        "orders of 4",
        24,
        () -> {
          int[] order = stream.permutation(4);
          int rank = 0;
          for (int i = 0; i < 4; i++) {
            int smaller = 0;
            for (int j = i + 1; j < 4; j++) {
              smaller += order[j] < order[i] ? 1 : 0;
            }
            rank = rank * (4 - i) + smaller;
          }
          return rank;
        });
    for (int n : new int[] {0, 1, 2, 1_000}) {
      int[] order = stream.permutation(n);
      assertThat(Arrays.stream(order).sorted().toArray())
          .isEqualTo(IntStream.range(0, n).toArray());
    }
  }

  @Test
  void memoryIsFilledAsByTheDraws() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment values = arena.allocate(ValueLayout.JAVA_FLOAT, 1_001);
      RandomStream stream = RandomStream.of(SEED);
      RandomStream.of(SEED).fillNormal(values, 0.5f);
      for (int i = 0; i < 1_001; i++) {
        assertThat(values.getAtIndex(ValueLayout.JAVA_FLOAT, i))
            .isEqualTo((float) (0.5f * stream.nextGaussian()));
      }
    }
  }

  /** Between these bounds rounding takes the highest draws up to the bound itself. */
  @Test
  void uniformValuesStayBelowTheirUpperBound() {
    float low = 1;
    float high = 1 + 3 * Math.ulp(1f);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment values = arena.allocate(ValueLayout.JAVA_FLOAT, 10_000);
      RandomStream.of(SEED).fillUniform(values, low, high);
      for (float value : values.toArray(ValueLayout.JAVA_FLOAT)) {
        assertThat(value >= low && value < high).as("%s of seed %d", value, SEED).isTrue();
      }
    }
  }
}
