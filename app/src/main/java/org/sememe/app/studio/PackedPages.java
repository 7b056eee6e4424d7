package org.sememe.app.studio;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The pages' files as a browser gets them: the module that the HTML names with all that it imports
 * as one file, its style sheet likewise, and every file that the HTML names at an address with a
 * hash of them all. Such an address never means anything else, so a browser asks for it once.
 * Immutable, thread-safe.
 */
final class PackedPages {
  private static final Pattern NAMED =
      Pattern.compile("(?<=(?:href|src)=\")/([a-z0-9/-]+\\.[a-z0-9]+)(?=\")");
  private static final Pattern SHEET =
      Pattern.compile("^@import '\\./([a-z-]+\\.css)';\\n", Pattern.MULTILINE);

  private final Function<String, byte[]> sources;
  private final Map<String, PageFile> files = new HashMap<>();
  private final PageFile html;

  /**
   * Packs what {@code index.html} names.
   *
   * @param sources a file of a name, as {@code js/app.js}
   */
  PackedPages(Function<String, byte[]> sources) {
    this.sources = sources;
    String page = text("index.html");
    Map<String, PageFile> packed = new TreeMap<>();
    NAMED
        .matcher(page)
        .results()
        .map(named -> named.group(1))
        .distinct()
        .forEach(name -> packed.put(name, PageFile.of(name, packed(name))));
    StringBuilder hashes = new StringBuilder();
    packed.forEach((name, file) -> hashes.append(name).append(file.hash()));
    String folder = "/v/" + PageFile.hash(hashes.toString().getBytes(StandardCharsets.UTF_8)) + "/";
    packed.forEach((name, file) -> files.put(folder + name, file));
    html =
        PageFile.of(
            "index.html",
            NAMED.matcher(page).replaceAll(folder + "$1").getBytes(StandardCharsets.UTF_8));
  }

  /** The one page, whose script reads the address. */
  PageFile html() {
    return html;
  }

  /** The file that the HTML names by an address, as {@code /v/HASH/js/app.js}. */
  Optional<PageFile> at(String path) {
    return Optional.ofNullable(files.get(path));
  }

  private byte[] packed(String name) {
    if (name.endsWith(".js")) {
      return ModuleBundle.of(name, this::text).getBytes(StandardCharsets.UTF_8);
    }
    if (name.endsWith(".css")) {
      String folder = name.substring(0, name.lastIndexOf('/') + 1);
      return SHEET
          .matcher(text(name))
          .replaceAll(sheet -> Matcher.quoteReplacement(text(folder + sheet.group(1))))
          .getBytes(StandardCharsets.UTF_8);
    }
    return sources.apply(name);
  }

  private String text(String name) {
    return new String(sources.apply(name), StandardCharsets.UTF_8);
  }
}
