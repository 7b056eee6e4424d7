/** TensorFlow's checkpoints of variables: an index, a sorted table, beside shards of values. */
package org.sememe.tensors.tensorflow;
