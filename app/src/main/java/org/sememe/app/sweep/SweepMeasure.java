package org.sememe.app.sweep;

import java.util.Optional;

/**
 * How much a sweep measures, as it was begun, so that one that goes on measures the same.
 *
 * @param rows held-out rows, at most
 * @param contexts held-out contexts that the model is run on, at most; 0 for none
 * @param model that was named for it
 */
public record SweepMeasure(long rows, int contexts, Optional<String> model) {}
