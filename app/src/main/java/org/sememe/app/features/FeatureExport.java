package org.sememe.app.features;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.sememe.analysis.index.FeatureIndex;
import org.sememe.app.studio.FeatureNotes;

/** The files that features of an index can be written in. */
public enum FeatureExport {
  /** A folder as Neuronpedia exports one: gzipped JSON lines. */
  NEURONPEDIA,
  /** Statistics, a line each. */
  CSV,
  /** Statistics, in columns. */
  PARQUET,
  /** One page that needs nothing else, no script and no network. */
  HTML;

  /** As it is written. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** All that there are, for help pages. */
  public static String keys() {
    return Arrays.stream(values()).map(FeatureExport::key).collect(Collectors.joining(", "));
  }

  /** The one that is written so. */
  public static Optional<FeatureExport> of(String key) {
    return Arrays.stream(values()).filter(one -> one.key().equals(key)).findFirst();
  }

  /**
   * Writes features: a folder for Neuronpedia, a file for the others. A file appears whole or not
   * at all.
   *
   * @param latents which, at least one, all of them in the index
   * @throws IOException if it cannot be written, or is already there
   */
  public void write(FeatureIndex index, FeatureNotes notes, List<Integer> latents, Path out)
      throws IOException {
    if (Files.exists(out)) {
      throw new IOException(out + ": already there; name another --out, or take it away first");
    }
    Path target = out.toAbsolutePath();
    Files.createDirectories(target.getParent());
    Path beside =
        target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID() + ".tmp");
    try {
      switch (this) {
        case NEURONPEDIA -> NeuronpediaFolder.write(index, notes, latents, beside);
        case CSV -> FeatureTable.write(index, notes, latents, beside, "csv, HEADER");
        case PARQUET -> FeatureTable.write(index, notes, latents, beside, "parquet");
        case HTML -> FeatureHtml.write(index, notes, latents, beside);
      }
      Files.move(beside, target);
    } catch (IOException | RuntimeException e) {
      NeuronpediaFolder.remove(beside);
      throw e;
    }
  }
}
