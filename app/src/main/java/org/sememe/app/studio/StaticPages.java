package org.sememe.app.studio;

import io.helidon.http.HeaderNames;
import io.helidon.http.Method;
import io.helidon.http.Status;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;

/**
 * The pages' files, from the class path, kept in memory with their gzip form and an ETag. A path is
 * matched against the only form that a file of ours has, so no path can leave the folder; the
 * pages' own paths all answer the one HTML file, whose script reads the path.
 */
final class StaticPages implements Handler {
  private static final Pattern FILE =
      Pattern.compile("/((?:[a-z0-9-]+/){0,2}[a-zA-Z0-9-]+\\.(js|css|svg|woff2|txt))");
  private static final Pattern PAGE =
      Pattern.compile(
          "/|/find|/map|/compare|/prompt|/steer|/sweep|/training|/feature/[0-9]{1,9}/?");
  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html; charset=utf-8",
          "js", "text/javascript; charset=utf-8",
          "css", "text/css; charset=utf-8",
          "svg", "image/svg+xml",
          "txt", "text/plain; charset=utf-8",
          "woff2", "font/woff2");

  private final Map<String, Asset> assets = new ConcurrentHashMap<>();

  private record Asset(String type, byte[] plain, Optional<byte[]> zipped, String tag) {}

  @Override
  public void handle(ServerRequest request, ServerResponse response) {
    String path = request.prologue().uriPath().rawPath();
    Method method = request.prologue().method();
    if (!method.equals(Method.GET) && !method.equals(Method.HEAD)) {
      throw new StudioException(405, "only GET here");
    }
    Matcher file = FILE.matcher(path);
    Optional<Asset> asset = Optional.empty();
    if (PAGE.matcher(path).matches()) {
      asset = asset("index.html", "html");
    } else if (file.matches()) {
      asset = asset(file.group(1), file.group(2));
    }
    send(
        asset.orElseThrow(() -> new StudioException(404, "there is no such page")),
        request,
        response);
  }

  private static void send(Asset asset, ServerRequest request, ServerResponse response) {
    response.header(HeaderNames.ETAG, asset.tag());
    response.header(HeaderNames.VARY, "Accept-Encoding");
    response.header(
        HeaderNames.CACHE_CONTROL,
        asset.type().startsWith("font") ? "private, max-age=604800" : "no-cache");
    if (request
        .headers()
        .first(HeaderNames.IF_NONE_MATCH)
        .filter(asset.tag()::equals)
        .isPresent()) {
      response.status(Status.NOT_MODIFIED_304).send();
      return;
    }
    response.header(HeaderNames.CONTENT_TYPE, asset.type());
    boolean zip =
        asset.zipped().isPresent()
            && request
                .headers()
                .first(HeaderNames.ACCEPT_ENCODING)
                .filter(e -> e.contains("gzip"))
                .isPresent();
    if (zip) {
      response.header(HeaderNames.CONTENT_ENCODING, "gzip");
    }
    response.send(zip ? asset.zipped().get() : asset.plain());
  }

  private Optional<Asset> asset(String name, String extension) {
    Optional<Asset> known = Optional.ofNullable(assets.get(name));
    if (known.isEmpty()) {
      // A name that does not exist is not kept: a stranger must not fill the memory with them.
      known = load(name, extension);
      known.ifPresent(asset -> assets.put(name, asset));
    }
    return known;
  }

  private static Optional<Asset> load(String name, String extension) {
    try (InputStream in = StaticPages.class.getResourceAsStream("/studio/" + name)) {
      if (in == null) {
        return Optional.empty();
      }
      byte[] plain = in.readAllBytes();
      Optional<byte[]> zipped =
          extension.equals("woff2") ? Optional.empty() : Optional.of(zip(plain));
      String tag =
          '"'
              + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(plain), 0, 12)
              + '"';
      return Optional.of(new Asset(TYPES.get(extension), plain, zipped, tag));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] zip(byte[] plain) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(plain);
    }
    return out.toByteArray();
  }
}
