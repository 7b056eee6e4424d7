/** CLIP's text encoders, by which pictures are conditioned on a text (Radford et al. 2021). */
package org.sememe.models.clip;
