/** The training loop: the sparse step, checkpoints and resume, and what is logged on the way. */
package org.sememe.training;
