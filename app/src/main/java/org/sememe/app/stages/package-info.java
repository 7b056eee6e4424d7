/**
 * The stages of the main job, one class each: used by the command of that name and, one after the
 * other, by the demo. A stage shows its progress and knows how it is interrupted.
 */
package org.sememe.app.stages;
