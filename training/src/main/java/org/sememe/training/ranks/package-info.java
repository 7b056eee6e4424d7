/** Processes that train one dictionary together, and what they say to each other. */
package org.sememe.training.ranks;
