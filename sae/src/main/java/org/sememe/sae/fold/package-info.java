/**
 * From weights as they were trained, on inputs that were scaled or whitened first, to weights for
 * raw inputs.
 */
package org.sememe.sae.fold;
