/**
 * The pieces that decoders and encoders are built of: norms, linear maps, attention, each with its
 * hook points; how a plan is carried out at them; and how weights and options are read from a
 * Hugging Face folder. Internal to the models.
 */
package org.sememe.models.blocks;
