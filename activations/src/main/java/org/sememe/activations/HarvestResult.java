package org.sememe.activations;

import java.nio.file.Path;

/**
 * What a harvest did.
 *
 * @param store the store's folder; open it with {@link ActivationStore#open}
 * @param tokens tokens run through the model, over all splits
 * @param documents documents with at least one token
 * @param rows rows kept, over all splits
 * @param tokensPerSecond rate of the run that wrote the store, reading text to closing the last
 *     shard
 * @param sinksExcluded sinks and special tokens without a row
 * @param nonFinite rows left out for a NaN or an infinity
 * @param reused true when a complete store with the same fingerprint and text was there already
 */
public record HarvestResult(
    Path store,
    long tokens,
    long documents,
    long rows,
    double tokensPerSecond,
    long sinksExcluded,
    long nonFinite,
    boolean reused) {

  static HarvestResult of(Path store, StoreManifest manifest, boolean reused) {
    return new HarvestResult(
        store,
        manifest.tokens(),
        manifest.documents(),
        manifest.rows(),
        manifest.seconds() > 0 ? manifest.tokens() / manifest.seconds() : 0,
        manifest.sinksExcluded(),
        manifest.excluded().nonFinite(),
        reused);
  }
}
