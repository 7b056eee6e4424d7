/** From noise to pictures: the steps of a sampling, whatever the network. */
package org.sememe.diffusion.sampling;
