package org.sememe.training;

import java.util.function.LongUnaryOperator;
import org.sememe.tensors.RandomStream;

/**
 * How a store's rows are mixed before they are drawn. Every order is a function of its seed that
 * can be entered at any place, so a run goes on without a memory of what was drawn.
 */
public sealed interface Shuffle {
  /** Of all rows of the store, another order each pass. */
  Shuffle FULL = new Full();

  /** What the options may be, for help pages and errors. */
  String WHAT =
      "full (all rows of the store), buffer:ROWS (so many consecutive rows at a time, as without a"
          + " store) or none (in the store's order)";

  /** All rows. */
  record Full() implements Shuffle {
    @Override
    public LongUnaryOperator order(long count, RandomStream random) {
      return new RowOrder(count, random)::at;
    }

    @Override
    public String text() {
      return "full";
    }
  }

  /**
   * So many consecutive rows at a time: each buffer is emptied in an order of its own before the
   * next one is filled, as a pool of contexts is without a store.
   *
   * @param rows at least 1
   */
  record Buffer(long rows) implements Shuffle {
    static final String NAME = "buffer:";

    /** Checks the range. */
    public Buffer {
      if (rows < 1) {
        throw new IllegalArgumentException("a buffer has at least 1 row, not " + rows);
      }
    }

    @Override
    public LongUnaryOperator order(long count, RandomStream random) {
      return new Buffered(count, rows, random);
    }

    @Override
    public String text() {
      return NAME + rows;
    }
  }

  /** Not at all: a batch is what stands together in the text. */
  record None() implements Shuffle {
    @Override
    public LongUnaryOperator order(long count, RandomStream random) {
      return LongUnaryOperator.identity();
    }

    @Override
    public String text() {
      return "none";
    }
  }

  /**
   * The order of a pass.
   *
   * @param count how many there are to draw, at least 1
   * @param random of the pass
   * @return which is drawn at a place, both 0 to count - 1; for one thread
   */
  LongUnaryOperator order(long count, RandomStream random);

  /** As {@link #of} reads it. */
  String text();

  /**
   * That of a text.
   *
   * @throws IllegalArgumentException if it is none; the message says what may be
   */
  static Shuffle of(String text) {
    return switch (text) {
      case "full" -> FULL;
      case "none" -> new None();
      default -> {
        try {
          if (text.startsWith(Buffer.NAME)) {
            yield new Buffer(Long.parseLong(text.substring(Buffer.NAME.length())));
          }
        } catch (NumberFormatException e) {
          throw new IllegalArgumentException("shuffle '%s' is not %s".formatted(text, WHAT), e);
        }
        throw new IllegalArgumentException("shuffle '%s' is not %s".formatted(text, WHAT));
      }
    };
  }

  /** Buffer by buffer; remembers the order of the last one. */
  final class Buffered implements LongUnaryOperator {
    private final long count;
    private final long rows;
    private final RandomStream random;
    private long number = -1;
    private RowOrder order;

    private Buffered(long count, long rows, RandomStream random) {
      this.count = count;
      this.rows = Math.min(rows, count);
      this.random = random;
      enter(0);
    }

    private void enter(long buffer) {
      number = buffer;
      order = new RowOrder(Math.min(rows, count - buffer * rows), random.stream(buffer));
    }

    @Override
    public long applyAsLong(long place) {
      if (place / rows != number) {
        enter(place / rows);
      }
      return number * rows + order.at(place % rows);
    }
  }
}
