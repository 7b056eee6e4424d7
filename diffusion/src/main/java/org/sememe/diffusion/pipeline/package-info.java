/** Whole pipelines in diffusers' folders: from a text or a class to pictures. */
package org.sememe.diffusion.pipeline;
