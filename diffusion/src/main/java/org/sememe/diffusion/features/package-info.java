/**
 * Networks that see pictures: the frozen one whose features a discriminator judges, trained without
 * labels, and the judge of evaluations, trained with them. One kind of network, two objectives.
 */
package org.sememe.diffusion.features;
