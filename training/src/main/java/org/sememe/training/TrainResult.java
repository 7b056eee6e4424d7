package org.sememe.training;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How a call of the trainer ended for one run.
 *
 * @param finished whether the whole budget was trained; false after a stop request, with a
 *     checkpoint that {@link Trainer#resume} continues from, and after a failure
 * @param last the last step's figures; empty if no step was left to do
 * @param dictionary the folder of the finished dictionary; empty if not finished
 * @param seconds wall time of this call
 * @param failure why the run cannot go on, where its loss is no longer a number
 */
public record TrainResult(
    boolean finished,
    Optional<TrainProgress> last,
    Optional<Path> dictionary,
    double seconds,
    Optional<String> failure) {}
