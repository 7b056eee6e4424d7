package org.sememe.app.studio;

import org.sememe.analysis.prompt.PromptSource;
import org.sememe.analysis.steering.AblationSource;
import org.sememe.analysis.steering.LossEffectSource;
import org.sememe.analysis.steering.SteeringSource;

/**
 * The model and the dictionary at work: a text's features, steering, and what a feature does at a
 * token. Used by one thread at a time.
 */
public interface StudioModel
    extends PromptSource, SteeringSource, AblationSource, LossEffectSource {}
