package org.sememe.training.ranks;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.Arrays;
import org.sememe.tensors.Torch;

/**
 * A rank that does every operation and checks the outcome; with {@code talk} it then goes on until
 * it is killed or the others are.
 */
final class ConversingProcess {
  private ConversingProcess() {}

  public static void main(String[] arguments) throws Exception {
    Torch.start(1);
    Duration timeout = Duration.ofSeconds(Integer.parseInt(arguments[1]));
    RankPlace place = RankPlace.of(System.getenv()).orElseThrow();
    try (Mesh mesh = Mesh.join(place, RankGrid.of(Sharding.ROWS, place.size()), timeout)) {
      converse(mesh.all());
      converse(mesh.rows());
      converse(mesh.latents());
      System.out.println("all is well");
      for (long i = 0; arguments[0].equals("talk"); i++) {
        mesh.all().each(i);
      }
      if (arguments[0].equals("silence")) {
        if (place.rank() == 1) {
          Thread.sleep(Duration.ofMinutes(2));
        }
        mesh.all().barrier();
      }
      mesh.all().leave();
    } catch (RankLostException e) {
      System.out.println("LOST " + e.getMessage());
      System.exit(1);
    }
    System.exit(0);
  }

  private static void converse(Communicator ranks) {
    try (Arena arena = Arena.ofConfined()) {
      int rank = ranks.rank();
      int size = ranks.size();
      MemorySegment floats = arena.allocate(ValueLayout.JAVA_FLOAT, 1000);
      for (int i = 0; i < 1000; i++) {
        floats.setAtIndex(ValueLayout.JAVA_FLOAT, i, i + rank);
      }
      ranks.sum(floats);
      for (int i = 0; i < 1000; i++) {
        float wanted = i * size + size * (size - 1) / 2f;
        check(floats.getAtIndex(ValueLayout.JAVA_FLOAT, i) == wanted, "sum");
      }
      for (int items : new int[] {size, 7, 12, 1}) {
        MemorySegment all = arena.allocate(ValueLayout.JAVA_INT, 3L * items);
        Part mine = ranks.part(items);
        for (int i = 3 * mine.from(); i < 3 * mine.to(); i++) {
          all.setAtIndex(ValueLayout.JAVA_INT, i, 5 + i);
        }
        MemorySegment whole = arena.allocate(all.byteSize());
        ranks.collect(mine.of(all, items), whole, items);
        ranks.share(all, items);
        for (int i = 0; i < 3 * items; i++) {
          check(all.getAtIndex(ValueLayout.JAVA_INT, i) == 5 + i, "share");
        }
        check(rank > 0 || whole.mismatch(all) < 0, "collect");
      }
      double[] each = ranks.each(0.5 + rank);
      for (int other = 0; other < size; other++) {
        check(each[other] == 0.5 + other, "each");
      }
      double[] doubles = new double[9];
      Part mine = ranks.part(9);
      Arrays.fill(doubles, mine.from(), mine.to(), 2.5);
      ranks.share(doubles, 9);
      check(Arrays.stream(doubles).allMatch(one -> one == 2.5), "share of numbers");
      check(ranks.least(-rank) == 1 - size, "least");
      check(ranks.any(rank == size - 1) && !ranks.any(false), "any");
      floats.fill((byte) (rank + 1));
      ranks.broadcast(floats);
      check(floats.get(ValueLayout.JAVA_BYTE, 17) == 1, "broadcast");
    }
  }

  private static void check(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }
}
