package org.sememe.app.studio;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Method;
import io.helidon.http.Status;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Stands before every request. It refuses a Host that is not this server's (DNS rebinding), an
 * Origin or a fetch from another site (cross-site requests), and, where there is a token, whoever
 * does not bring it; and it gives every answer the headers that keep a page from running or
 * reaching anything but the studio's own files, and others from framing it. A page that was asked
 * for to be embedded may be framed by the origins that were named, and by no other.
 */
final class RequestGuard implements Filter {
  private static final HeaderName SITE = HeaderNames.create("Sec-Fetch-Site");
  private static final HeaderName MODE = HeaderNames.create("Sec-Fetch-Mode");
  private static final String COOKIE = "sememe_studio";
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self';"
          + " connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors ";

  private final Set<String> names;
  private final Optional<byte[]> token;
  private final Optional<String> embedders;

  RequestGuard(String host, Optional<String> token, List<String> embedders) {
    this.names = namesOf(host);
    this.token = token.map(t -> t.getBytes(StandardCharsets.UTF_8));
    this.embedders =
        embedders.isEmpty() ? Optional.empty() : Optional.of(String.join(" ", embedders));
  }

  @Override
  public void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
    response.header(
        HeaderNames.create("Content-Security-Policy"),
        POLICY + embedders.filter(origins -> embedded(request)).orElse("'none'"));
    response.header(HeaderNames.create("X-Content-Type-Options"), "nosniff");
    response.header(HeaderNames.create("Referrer-Policy"), "no-referrer");
    response.header(HeaderNames.create("Cross-Origin-Opener-Policy"), "same-origin");
    response.header(HeaderNames.create("Cross-Origin-Resource-Policy"), "same-origin");

    String authority = request.authority();
    if (!names.contains(hostOf(authority))) {
      refuse(response, Status.MISDIRECTED_REQUEST_421, "the Host header names another server");
      return;
    }
    Optional<String> origin = request.headers().first(HeaderNames.ORIGIN);
    if (origin.isPresent() && !origin.get().equalsIgnoreCase("http://" + authority)) {
      refuse(response, Status.FORBIDDEN_403, "requests from another site are refused");
      return;
    }
    // A link from elsewhere may open a page (a navigation); a script elsewhere may not read or
    // post.
    boolean foreign =
        request
            .headers()
            .first(SITE)
            .filter(site -> !site.equals("same-origin") && !site.equals("none"))
            .isPresent();
    boolean opens =
        request.headers().first(MODE).filter("navigate"::equals).isPresent()
            && request.prologue().method().equals(Method.GET)
            && !request.path().path().startsWith("/api");
    if (foreign && !opens) {
      refuse(response, Status.FORBIDDEN_403, "requests from another site are refused");
      return;
    }
    if (token.isPresent() && !admitted(request, response)) {
      return;
    }
    chain.proceed();
  }

  private static boolean embedded(RoutingRequest request) {
    return request.query().first("embed").asOptional().filter("1"::equals).isPresent();
  }

  /**
   * Lets in who brings the token: in the address (then kept in a cookie and taken out of it), a
   * cookie or a header.
   */
  private boolean admitted(RoutingRequest request, RoutingResponse response) {
    Optional<String> inAddress = request.query().first("token").asOptional();
    if (inAddress.isPresent() && matches(inAddress.get())) {
      if (request.path().path().startsWith("/api")) {
        return true;
      }
      response.status(Status.SEE_OTHER_303);
      response.header(HeaderNames.LOCATION, withoutToken(request));
      response.header(
          HeaderNames.SET_COOKIE,
          COOKIE + "=" + inAddress.get() + "; Path=/; HttpOnly; SameSite=Strict");
      response.send();
      return false;
    }
    boolean bearer =
        request
            .headers()
            .first(HeaderNames.AUTHORIZATION)
            .filter(h -> h.startsWith("Bearer ") && matches(h.substring(7)))
            .isPresent();
    if (bearer || request.headers().cookies().first(COOKIE).filter(this::matches).isPresent()) {
      return true;
    }
    refuse(response, Status.UNAUTHORIZED_401, "open the address with its token");
    return false;
  }

  private static String withoutToken(RoutingRequest request) {
    StringBuilder query = new StringBuilder();
    for (String part : request.query().rawValue().split("&")) {
      if (!part.startsWith("token=")) {
        query.append(query.isEmpty() ? "?" : "&").append(part);
      }
    }
    // One leading slash: "//elsewhere" would leave this server.
    return request.prologue().uriPath().rawPath().replaceFirst("^/+", "/") + query;
  }

  private boolean matches(String given) {
    return MessageDigest.isEqual(token.orElseThrow(), given.getBytes(StandardCharsets.UTF_8));
  }

  private static void refuse(RoutingResponse response, Status status, String problem) {
    response.status(status);
    response.header(HeaderNames.CONTENT_TYPE, "application/json");
    response.send(("{\"error\":\"" + problem + "\"}").getBytes(StandardCharsets.UTF_8));
  }

  private static String hostOf(String authority) {
    try {
      String host = URI.create("http://" + authority).getHost();
      return host == null ? "" : host.toLowerCase(Locale.ROOT);
    } catch (IllegalArgumentException e) {
      return "";
    }
  }

  /** Names under which a browser may rightly reach a server bound to {@code host}. */
  private static Set<String> namesOf(String host) {
    Set<String> names = new HashSet<>(Set.of("localhost", "127.0.0.1", "[::1]"));
    names.add(bracketed(host.toLowerCase(Locale.ROOT)));
    try {
      InetAddress bound = InetAddress.getByName(host);
      names.add(bracketed(bound.getHostAddress()));
      if (bound.isAnyLocalAddress()) {
        names.add(InetAddress.getLocalHost().getHostName().toLowerCase(Locale.ROOT));
        NetworkInterface.networkInterfaces()
            .flatMap(NetworkInterface::inetAddresses)
            .forEach(
                address -> names.add(bracketed(address.getHostAddress().replaceFirst("%.*", ""))));
      }
    } catch (UnknownHostException | SocketException e) {
      // The names known without a look-up stand; a name that is missing is refused, never admitted.
    }
    return Set.copyOf(names);
  }

  private static String bracketed(String host) {
    return host.contains(":") ? "[" + host + "]" : host;
  }
}
