/** What trainings of pictures' networks share: a beginning, checkpoints, a digest of weights. */
package org.sememe.diffusion.runs;
