/**
 * From text to a store of activations: harvest a model at its hook points, leave attention sinks
 * out, write and read shards.
 */
package org.sememe.activations;
