package org.sememe.app.command;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.sememe.activations.HarvestOptions;
import org.sememe.activations.HarvestResult;
import org.sememe.activations.StoreMerge;
import org.sememe.models.text.TextPart;
import org.sememe.models.text.TextSource;
import org.sememe.training.ranks.RankPlace;

/**
 * A harvest by several processes: each takes every so many-th document and writes a store of its
 * own beside the one that is wanted, and these are merged in the end. They need not speak with each
 * other, and a part that is whole is used as it is when the harvest is begun again.
 *
 * @param out the store that is wanted
 * @param parts how many
 */
record HarvestParts(Path out, int parts) {
  /**
   * One of them.
   *
   * @param rank of the process that makes it
   */
  record Share(HarvestParts of, int rank) {
    /** The share of this process; all of it where it is none of several. */
    static Optional<Share> of(Path out, Optional<RankPlace> place) {
      return place.map(here -> new Share(new HarvestParts(out, here.size()), here.rank()));
    }

    Path store() {
      return of.store(rank);
    }

    TextSource text(TextSource whole) {
      return new TextPart(whole, rank, of.parts);
    }

    long tokens(long whole) {
      return whole == HarvestOptions.ALL_TOKENS
          ? whole
          : whole * (rank + 1) / of.parts - whole * rank / of.parts;
    }
  }

  private Path store(int rank) {
    Path whole = out.toAbsolutePath().normalize();
    return whole.resolveSibling("%s.part-%d-of-%d".formatted(whole.getFileName(), rank, parts));
  }

  /** Refuses a folder that holds something. */
  void check() throws IOException {
    if (Files.isDirectory(out)) {
      try (Stream<Path> inside = Files.list(out)) {
        if (inside.findAny().isPresent()) {
          throw new FileAlreadyExistsException(
              out.toString(), null, "is not empty: give another folder for the parts' store");
        }
      }
    }
  }

  /** Makes the store that is wanted of the parts, which are deleted then. */
  HarvestResult merge() throws IOException {
    List<Path> stores = IntStream.range(0, parts).mapToObj(this::store).toList();
    HarvestResult merged = StoreMerge.merge(stores, out);
    for (Path store : stores) {
      List<Path> all = new ArrayList<>();
      try (Stream<Path> inside = Files.walk(store)) {
        inside.forEach(all::addFirst);
      }
      for (Path each : all) {
        Files.delete(each);
      }
    }
    return merged;
  }
}
