package org.sememe.training;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How a call of the trainer ended.
 *
 * @param finished whether the whole budget was trained; false after a stop request, with a
 *     checkpoint that {@link Trainer#resume} continues from
 * @param last the last step's figures; empty if no step was left to do
 * @param dictionary the folder of the finished dictionary; empty if not finished
 * @param seconds wall time of this call
 */
public record TrainResult(
    boolean finished, Optional<TrainProgress> last, Optional<Path> dictionary, double seconds) {}
