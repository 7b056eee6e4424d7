package org.sememe.diffusion.runs;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.sememe.diffusion.pipeline.Pictures;

/**
 * A training in a folder, which begins where its last checkpoint stands. One thread at a time; owns
 * its tensors until it is closed.
 */
public interface PictureTraining extends AutoCloseable {
  /** Steps done, from 0. */
  long step();

  /** One step; gives its losses by name, taken before the update. */
  Map<String, Double> next();

  /** Figures beside the losses that say how the last step went, and cost more; empty for none. */
  default Map<String, Double> look() {
    return Map.of();
  }

  /**
   * Pictures that show how far it is, drawn from the same noise each time; empty if it draws none.
   */
  default Optional<Pictures> samples() {
    return Optional.empty();
  }

  /** Writes all that a continued run needs, whole or not at all. */
  void checkpoint() throws IOException;

  /** Writes what the training was for. */
  void save() throws IOException;

  @Override
  void close();
}
