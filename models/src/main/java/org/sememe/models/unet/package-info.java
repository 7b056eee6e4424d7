/**
 * The networks of diffusion models, by diffusers' names: U-Nets over pixels (UNet2DModel) and over
 * latents beside a text (UNet2DConditionModel), and the autoencoder between latents and pixels.
 * Pictures are {@code [samples, channels, height, width]}.
 */
package org.sememe.models.unet;
