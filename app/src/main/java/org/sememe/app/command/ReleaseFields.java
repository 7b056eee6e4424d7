package org.sememe.app.command;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.sememe.app.terminal.Terminal;
import org.sememe.sae.releases.Release;

/** What the catalogue says of a release of dictionaries. */
final class ReleaseFields {
  private ReleaseFields() {}

  /** The fields for scripts; the names of its dictionaries are said on the way. */
  static Map<String, Object> of(Release release, Terminal terminal) {
    List<String> patterns = release.patterns();
    terminal.say("dictionaries, {} for a layer's number:");
    patterns.forEach(pattern -> terminal.say("  " + release.name() + "/" + pattern));
    Map<String, Object> fields = summary(release);
    fields.put("ids", release.ids());
    return fields;
  }

  /** The fields without the names of its dictionaries. */
  static Map<String, Object> summary(Release release) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("release", release.name());
    fields.put("model", release.model());
    fields.put("address", "hf:" + release.repository());
    fields.put("licence", release.licence().orElse("not verified"));
    fields.put("dictionaries", release.count());
    return fields;
  }
}
