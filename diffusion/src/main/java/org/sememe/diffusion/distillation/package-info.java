/**
 * Adversarial Diffusion Distillation (Sauer et al. 2023, arXiv 2311.17042): a student that draws in
 * one to four steps learns from a discriminator over a frozen network's features and from a frozen
 * diffusion model. Where the paper leaves a choice, the choice is named. Every term works in the
 * type of its tensors, float32 or float64.
 */
package org.sememe.diffusion.distillation;
