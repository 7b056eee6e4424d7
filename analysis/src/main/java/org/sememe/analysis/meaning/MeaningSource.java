package org.sememe.analysis.meaning;

/** Finds features by what they mean. Called from many threads at once. */
public interface MeaningSource {
  /** Whether features have vectors of their meanings. */
  boolean there();

  /**
   * The features whose meanings are nearest to a text's.
   *
   * @param most to be found, at least 1
   */
  NearestMeanings nearest(String text, int most);
}
