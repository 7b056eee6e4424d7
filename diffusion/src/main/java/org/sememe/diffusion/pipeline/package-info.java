/** Whole pipelines in diffusers' folders: from a text, a class or a caption to pictures. */
package org.sememe.diffusion.pipeline;
