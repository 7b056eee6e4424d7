/**
 * How loss falls with width, sparsity and compute: laws with a floor that nothing gets below,
 * fitted to trained dictionaries, with intervals and with their error on what they did not see.
 */
package org.sememe.training.scaling;
