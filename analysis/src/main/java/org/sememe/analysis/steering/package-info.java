/**
 * Turning features up and down while a model runs: {@link org.sememe.analysis.steering.Steering}
 * says what to do (and {@link org.sememe.analysis.steering.SteeringFile} keeps it), {@link
 * org.sememe.analysis.steering.Steerer} does it, {@link org.sememe.analysis.steering.SideBySide}
 * shows what comes of it, {@link org.sememe.analysis.steering.SteeringMeasure} measures it.
 */
package org.sememe.analysis.steering;
