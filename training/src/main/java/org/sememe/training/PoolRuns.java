package org.sememe.training;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.sememe.activations.ContextRows;
import org.sememe.activations.ContextRule;
import org.sememe.activations.SharedRows;
import org.sememe.models.Network;
import org.sememe.models.text.Context;
import org.sememe.models.text.TextSource;
import org.sememe.models.tokenizer.Tokenizer;

/**
 * Pools of contexts that are run once for all readers that want them. Pools count from 1. One
 * thread at a time.
 */
final class PoolRuns {
  /** Of usual ones as many as products are fast with and a core's cache has room for. */
  private static final int CONTEXTS_AT_ONCE = 8;

  private final Network model;
  private final TrainContexts contexts;
  private final int poolContexts;
  private final SharedRows rows;
  private final Set<ModelBatches> unclosed = new HashSet<>();
  private final List<ModelBatches> readers = new ArrayList<>();
  private long read;

  /** Model and tokenizer stay the caller's. */
  PoolRuns(
      Network model,
      Tokenizer tokenizer,
      TextSource text,
      ContextRule rule,
      int poolContexts,
      List<ContextRows> judges)
      throws IOException {
    this.model = model;
    this.poolContexts = poolContexts;
    this.rows = new SharedRows(model, judges);
    this.contexts = new TrainContexts(text, tokenizer, rule);
  }

  /** The model's name. */
  String model() {
    return model.info().name();
  }

  /** Says that the text is of no use. */
  IllegalStateException noRows() {
    return contexts.noRows();
  }

  /** Takes a reader in, which will close this. */
  void add(ModelBatches reader) {
    unclosed.add(reader);
  }

  /** From now on each pool that the reader wants is given to it, whoever asks. */
  void open(ModelBatches reader) {
    if (!readers.contains(reader)) {
      readers.add(reader);
    }
  }

  /** The reader wants no more pools. */
  void leave(ModelBatches reader) {
    readers.remove(reader);
  }

  /** Runs pools, the earliest that is wanted first, up to the one that the reader wants. */
  void serve(ModelBatches reader) {
    for (long wanted = reader.wanted(); reader.wanted() == wanted; ) {
      run(readers.stream().mapToLong(ModelBatches::wanted).min().orElseThrow());
    }
  }

  private void run(long pool) {
    if (pool <= read) {
      contexts.begin();
      read = 0;
    }
    while (read < pool - 1) {
      next();
    }
    List<Context> some = next();
    List<ModelBatches> takers = readers.stream().filter(r -> r.wanted() == pool).toList();
    Map<ContextRows, ContextRows.Visitor> visitors = new LinkedHashMap<>();
    for (ModelBatches taker : takers) {
      taker.begin();
      visitors.put(taker.judge(), (context, position, verdict, row) -> taker.add(verdict, row));
    }
    rows.run(some, CONTEXTS_AT_ONCE, visitors);
    takers.forEach(taker -> taker.end(pool));
  }

  private List<Context> next() {
    read++;
    return contexts.next(poolContexts);
  }

  /** A reader is done with this; the last one closes the text. */
  void close(ModelBatches reader) {
    unclosed.remove(reader);
    if (unclosed.isEmpty()) {
      contexts.close();
    }
  }
}
