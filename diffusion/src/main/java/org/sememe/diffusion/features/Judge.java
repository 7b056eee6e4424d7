package org.sememe.diffusion.features;

import org.sememe.diffusion.metrics.FeatureRows;
import org.sememe.diffusion.pictures.PictureSet;

/**
 * Says how near pictures are to real ones, and whether they show what was asked for; has no part in
 * making them. Owns its network; several threads may ask at once.
 */
public sealed interface Judge extends AutoCloseable permits PictureJudge, CaptionJudge {
  /** The embeddings before its last map, {@code [pictures, width]}. */
  FeatureRows features(PictureSet pictures);

  /** The share of pictures that it takes for what they are labelled. */
  double accuracy(PictureSet pictures);

  @Override
  void close();
}
