/** What a network is told of a picture: its class, or its caption's embedding. */
package org.sememe.diffusion.conditions;
