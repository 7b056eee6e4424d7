package org.sememe.sae.releases;

import java.util.Map;

/**
 * A dictionary that was published.
 *
 * @param release the name of what it was published in
 * @param id its name there
 * @param address where it lies, {@code hf:OWNER/REPO/FOLDER/} or {@code hf:OWNER/REPO/FILE}
 * @param known what its files may not say, by the names of {@link
 *     org.sememe.sae.formats.LoadOptions}
 */
public record ReleasedDictionary(
    String release, String id, String address, Map<String, String> known) {
  public ReleasedDictionary {
    known = Map.copyOf(known);
  }

  /** As a user writes it. */
  public String name() {
    return release + "/" + id;
  }
}
