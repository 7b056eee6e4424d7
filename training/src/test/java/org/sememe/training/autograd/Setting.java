package org.sememe.training.autograd;

import java.util.function.Function;
import org.sememe.sae.objective.ForwardCase;
import org.sememe.sae.objective.Translation;
import org.sememe.training.optimiser.OptimiserChoice;
import org.sememe.training.optimiser.RateCourse;
import org.sememe.training.optimiser.WarmUp;

/**
 * A library's trainer in our words.
 *
 * @param mapper of its losses
 * @param rate the full one, of matrices
 * @param vectorRate the full one, of vectors
 * @param course of the rate of matrices
 * @param vectorCourse of the rate of vectors
 * @param penalties how they are warmed up
 * @param centre what b_dec starts at
 * @param transcodes whether the encoder's bias starts at {@code -W_enc mean(x)}
 * @param chunks of a batch
 */
record Setting(
    Function<ForwardCase, Translation> mapper,
    StepRules rules,
    OptimiserChoice optimiser,
    double rate,
    double vectorRate,
    RateCourse course,
    RateCourse vectorCourse,
    WarmUp penalties,
    Centre centre,
    boolean transcodes,
    int chunks) {
  enum Centre {
    KEPT,
    MEDIAN,
    MEAN
  }
}
