package org.sememe.analysis.evaluation;

import java.util.List;
import java.util.stream.LongStream;

/**
 * The positions of a batch of contexts that a splice replaces and scores, numbered {@code sequence
 * * length + column}.
 */
@SuppressWarnings("ArrayRecordComponent") // indices on their way into tensors; never compared
record Places(long[] replaced, long[] scored, long[] targets, int length) {
  /**
   * @param questions of each context
   * @param length columns of the batch; the contexts are padded on the right
   */
  static Places of(List<SpliceContext> contexts, List<Prediction.Question> questions, int length) {
    LongStream.Builder replaced = LongStream.builder();
    LongStream.Builder scored = LongStream.builder();
    LongStream.Builder targets = LongStream.builder();
    for (int sequence = 0; sequence < contexts.size(); sequence++) {
      long start = (long) sequence * length;
      contexts.get(sequence).rows().stream().forEach(column -> replaced.add(start + column));
      Prediction.Question question = questions.get(sequence);
      for (int i = 0; i < question.positions().length; i++) {
        scored.add(start + question.positions()[i]);
        targets.add(question.targets()[i]);
      }
    }
    return new Places(
        replaced.build().toArray(), scored.build().toArray(), targets.build().toArray(), length);
  }

  /** The context of the scored position {@code place}, by its number in the batch. */
  int context(int place) {
    return (int) (scored[place] / length);
  }
}
