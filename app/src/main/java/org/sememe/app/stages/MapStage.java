package org.sememe.app.stages;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import org.sememe.analysis.geometry.DirectionMap;
import org.sememe.analysis.geometry.DirectionMap.Options;
import org.sememe.app.studio.MapFile;
import org.sememe.app.terminal.Progress;
import org.sememe.app.terminal.Terminal;
import org.sememe.app.terminal.Unit;
import org.sememe.sae.Sae;

/**
 * Lays out the decoder directions of a dictionary.
 *
 * @param terminal where progress is shown
 */
public record MapStage(Terminal terminal) {
  private static final int STEPS = 1_000;

  /** Makes the map and writes it. */
  public void run(Sae sae, Path file) throws IOException {
    DirectionMap map;
    try (Progress progress = terminal.progress("map", Unit.ITEMS, STEPS)) {
      map =
          DirectionMap.of(
              sae.decoder(), Options.defaults(), share -> progress.update((long) (share * STEPS)));
    }
    MapFile.write(file, map);
    DirectionMap.Kept kept = map.kept();
    terminal.say(
        String.format(
            Locale.ROOT,
            "map of %,d directions: %.1f %% of the %d nearest are kept (principal components %.1f %%,"
                + " chance %.2f %%; n = %,d): %s",
            map.latents().length,
            100 * kept.share(),
            kept.neighbours(),
            100 * kept.principal(),
            100 * kept.chance(),
            kept.sample(),
            file));
  }
}
