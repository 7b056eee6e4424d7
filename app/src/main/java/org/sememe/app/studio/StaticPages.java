package org.sememe.app.studio;

import io.helidon.http.HeaderNames;
import io.helidon.http.Method;
import io.helidon.http.Status;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The pages' files, from the class path, kept in memory with their gzip form. The pages' own paths
 * all answer the one HTML file, whose script reads the path; it is asked for anew each time, and
 * what it names is at addresses that are kept for good. The sources of both are at their own names.
 * A path is matched against the only forms that a file of ours has, so no path can leave the
 * folder.
 */
final class StaticPages implements Handler {
  private static final Pattern FILE =
      Pattern.compile("/((?:[a-z0-9-]+/){0,2}[a-zA-Z0-9-]+\\.(?:js|css|svg|woff2|txt))");
  private static final Pattern PAGE =
      Pattern.compile(
          "/|/find|/map|/compare|/prompt|/steer|/sweep|/training|/draw|/feature/[0-9]{1,9}/?");

  /**
   * What the list asks for first, said with the page, so that a browser need not wait for the
   * script to ask.
   */
  private static final String LIST =
      "</api/features?offset=0&limit=50>; rel=preload; as=fetch; crossorigin";

  private final boolean features;
  private final PackedPages packed =
      new PackedPages(
          name -> source(name).orElseThrow(() -> new IllegalStateException("no file " + name)));

  /**
   * All pages.
   *
   * @param features whether there is a list of features to begin with
   */
  StaticPages(boolean features) {
    this.features = features;
  }

  @Override
  public void handle(ServerRequest request, ServerResponse response) {
    String path = request.prologue().uriPath().rawPath();
    Method method = request.prologue().method();
    if (!method.equals(Method.GET) && !method.equals(Method.HEAD)) {
      throw new StudioException(405, "only GET here");
    }
    Optional<PageFile> kept = packed.at(path);
    PageFile file =
        kept.or(() -> changing(path))
            .orElseThrow(() -> new StudioException(404, "there is no such page"));
    response.header(
        HeaderNames.CACHE_CONTROL,
        kept.isPresent() ? "private, max-age=31536000, immutable" : "no-cache");
    if (features && path.equals("/") && request.query().isEmpty()) {
      response.header(HeaderNames.LINK, LIST);
    }
    send(file, request, response);
  }

  /** A file whose address stays when it changes. */
  private Optional<PageFile> changing(String path) {
    if (PAGE.matcher(path).matches()) {
      return Optional.of(packed.html());
    }
    Matcher file = FILE.matcher(path);
    return file.matches()
        ? source(file.group(1)).map(bytes -> PageFile.of(file.group(1), bytes))
        : Optional.empty();
  }

  private static void send(PageFile file, ServerRequest request, ServerResponse response) {
    String tag = '"' + file.hash() + '"';
    response.header(HeaderNames.ETAG, tag);
    response.header(HeaderNames.VARY, "Accept-Encoding");
    if (request.headers().first(HeaderNames.IF_NONE_MATCH).filter(tag::equals).isPresent()) {
      response.status(Status.NOT_MODIFIED_304).send();
      return;
    }
    response.header(HeaderNames.CONTENT_TYPE, file.type());
    boolean zip =
        file.zipped().isPresent()
            && request
                .headers()
                .first(HeaderNames.ACCEPT_ENCODING)
                .filter(e -> e.contains("gzip"))
                .isPresent();
    if (zip) {
      response.header(HeaderNames.CONTENT_ENCODING, "gzip");
    }
    response.send(zip ? file.zipped().get() : file.plain());
  }

  private static Optional<byte[]> source(String name) {
    try (InputStream in = StaticPages.class.getResourceAsStream("/studio/" + name)) {
      return in == null ? Optional.empty() : Optional.of(in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
