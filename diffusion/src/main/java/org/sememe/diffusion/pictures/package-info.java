/** Labelled pictures to train with: where they are read from, and their size. */
package org.sememe.diffusion.pictures;
