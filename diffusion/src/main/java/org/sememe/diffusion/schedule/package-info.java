/**
 * How noise grows: the table of a forward process, what a network predicts, and which timesteps a
 * sampling visits.
 */
package org.sememe.diffusion.schedule;
