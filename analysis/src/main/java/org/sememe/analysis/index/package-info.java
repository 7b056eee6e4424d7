/**
 * What every latent responds to: built once from a store of activations, kept in one DuckDB file,
 * and asked by whoever shows features.
 */
package org.sememe.analysis.index;
