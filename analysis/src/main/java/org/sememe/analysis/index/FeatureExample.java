package org.sememe.analysis.index;

import java.util.List;
import java.util.Optional;

/**
 * A stretch of indexed text with the feature's activation on each token.
 *
 * @param id unique within the feature's answer
 * @param group {@code top} or {@code interval}
 * @param interval index of the interval that holds the activation at the peak
 * @param activation activation at the peak
 * @param peak which token was sampled
 * @param tokens the tokens' texts
 * @param activations one for each token, 0 where inactive
 * @param document name of the document
 * @param split {@code train} or {@code held_out}
 */
public record FeatureExample(
    int id,
    String group,
    int interval,
    double activation,
    int peak,
    List<String> tokens,
    float[] activations,
    Optional<String> document,
    Optional<String> split) {}
