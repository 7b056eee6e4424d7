/**
 * Python pickles and torch's checkpoints, read without Python and without running anything: a
 * machine that builds tensors, dictionaries, lists, tuples, numbers, text and bytes, and refuses
 * every other class or function by its name. And a writer of torch's checkpoints.
 */
package org.sememe.tensors.pickle;
