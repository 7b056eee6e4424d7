package org.sememe.models.sources;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.sememe.tensors.Sha256;

/**
 * Fetches files from the Hugging Face hub. A download that broke off goes on where it stopped, in
 * the same call or a later one; the whole is then held against the SHA-256.
 *
 * @param hub its address
 * @param token sent to the hub itself, never to where it sends us on
 * @param shared the cache of the hub's own tools, which is read and never written
 * @param offline whether nothing is to be fetched
 * @param timeout how long to wait for an answer or for more of it
 */
record HubClient(
    URI hub, Optional<String> token, HubCache shared, boolean offline, Duration timeout) {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  /** A hub that wants us to wait longer is left alone. */
  private static final long MOST_PAUSE_SECONDS = 60;

  private static final int MOST_REDIRECTS = 5;
  private static final int MOST_ATTEMPTS = 5;
  private static final long FIRST_PAUSE_MILLIS = 100;
  private static final int PARTIAL = 206;
  private static final int TOO_MANY_REQUESTS = 429;
  private static final int RANGE_NOT_SATISFIABLE = 416;

  /** The hub itself, as {@code HF_TOKEN}, {@code HF_HUB_OFFLINE} and {@code HF_HOME} say. */
  static HubClient of(Map<String, String> environment, Path home) {
    return new HubClient(
        URI.create("https://huggingface.co"),
        Optional.ofNullable(environment.get("HF_TOKEN")).filter(token -> !token.isBlank()),
        HubCache.of(environment, home),
        environment.getOrDefault("HF_HUB_OFFLINE", "").matches("(?i)1|on|yes|true"),
        TIMEOUT);
  }

  /** A folder whose weights the hub's own tools have fetched already. */
  Optional<Path> cached(HubFolder folder) {
    return shared.folder(folder);
  }

  /** A file that the hub's own tools have fetched already. */
  Optional<Path> cached(Origin.HuggingFace origin) {
    return shared.file(origin);
  }

  /**
   * Fetches a file to {@code target}, which is then whole and verified.
   *
   * @throws InterruptedIOException if the thread is interrupted
   * @throws IOException if the hub does not give it, or gives another
   */
  void fetch(
      Origin.HuggingFace origin,
      Path target,
      Optional<String> sha256,
      ModelSource.Progress progress)
      throws IOException {
    String path = origin.repository() + "/resolve/" + origin.revision() + "/" + origin.path();
    fetch(origin.toString(), address(path), target, sha256, progress);
  }

  /** Fetches the hub's JSON of a repository, with its paths, as {@link #fetch} does. */
  void describe(HubFolder folder, Path target, ModelSource.Progress progress) throws IOException {
    String path = "api/models/" + folder.repository() + "/revision/" + folder.revision();
    fetch(folder.toString(), address(path), target, Optional.empty(), progress);
  }

  private void fetch(
      String what, URI address, Path target, Optional<String> sha256, ModelSource.Progress progress)
      throws IOException {
    if (offline) {
      throw new Refused("not fetched, since HF_HUB_OFFLINE is set");
    }
    Path part = target.resolveSibling("." + target.getFileName() + ".part");
    IOException last = new IOException("no answer");
    for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      long pause = FIRST_PAUSE_MILLIS << attempt;
      try {
        Optional<String> expected = download(what, address, part, sha256, progress);
        if (matches(part, expected)) {
          Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
          return;
        }
        Files.deleteIfExists(part);
        last = new IOException("the file does not have the SHA-256 " + expected.orElseThrow());
      } catch (SocketTimeoutException e) {
        last = new IOException("no answer within " + timeout.toMillis() / 1000.0 + " s", e);
      } catch (Refused | InterruptedIOException e) {
        throw e;
      } catch (Busy e) {
        last = e;
        pause = Math.max(pause, 1000 * e.seconds);
      } catch (UnknownHostException | ConnectException e) {
        throw new IOException(
            "cannot reach " + hub.getHost() + " (" + e.getClass().getSimpleName() + ")", e);
      } catch (IOException e) {
        last = e;
      }
      if (attempt < MOST_ATTEMPTS - 1) {
        pause(pause);
      }
    }
    throw last;
  }

  private static void pause(long millis) throws InterruptedIOException {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted between two attempts");
    }
  }

  /** The hub answers, but not with the file: asking again does not help. */
  private static final class Refused extends IOException {
    private static final long serialVersionUID = 1;

    Refused(String message) {
      super(message);
    }
  }

  /** The hub has too much to do, and says when to ask again. */
  private static final class Busy extends IOException {
    private static final long serialVersionUID = 1;
    private final long seconds;

    Busy(String message, long seconds) {
      super(message);
      this.seconds = seconds;
    }
  }

  private static boolean matches(Path part, Optional<String> sha256) throws IOException {
    return sha256.isEmpty() || sha256.get().equals(Sha256.of(part));
  }

  /** Adds to {@code part} what is missing; gives the SHA-256 that it must have, where known. */
  private Optional<String> download(
      String what, URI from, Path part, Optional<String> sha256, ModelSource.Progress progress)
      throws IOException {
    URI address = from;
    long have = Files.exists(part) ? Files.size(part) : 0;
    Optional<String> expected = sha256;
    for (int redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      HttpURLConnection connection = connect(address, have);
      try {
        int status = connection.getResponseCode();
        expected = expected.or(() -> linked(connection));
        if (status >= 300 && status < 400) {
          address = redirected(address, connection.getHeaderField("Location"));
          continue;
        }
        if (expected.isEmpty() && (status == PARTIAL || status == RANGE_NOT_SATISFIABLE)) {
          Files.delete(part);
          throw new IOException("nothing tells whether a resumed download is whole");
        }
        if (status == RANGE_NOT_SATISFIABLE) {
          return expected; // all is there already, or it is another file's part
        }
        check(status, connection);
        receive(connection, part, status == PARTIAL ? have : 0, what, progress);
        return expected;
      } finally {
        connection.disconnect();
      }
    }
    throw new Refused("the hub sends us on more than " + MOST_REDIRECTS + " times");
  }

  private void check(int status, HttpURLConnection connection) throws IOException {
    String answer = "the hub answers " + status + " " + connection.getResponseMessage();
    switch (status) {
      case HttpURLConnection.HTTP_OK, PARTIAL -> {}
      case TOO_MANY_REQUESTS, HttpURLConnection.HTTP_UNAVAILABLE -> {
        long seconds = seconds(connection.getHeaderField("Retry-After"));
        if (seconds > MOST_PAUSE_SECONDS) {
          throw new Refused(answer + ": try again in " + seconds + " s");
        }
        throw new Busy(answer + ": try again later", seconds);
      }
      case HttpURLConnection.HTTP_UNAUTHORIZED, HttpURLConnection.HTTP_FORBIDDEN ->
          throw new Refused(
              answer
                  + (token.isPresent()
                      ? ": the token in HF_TOKEN does not open it; accept the model's terms on its"
                          + " page"
                      : ": set HF_TOKEN to a token that may read it"));
      case HttpURLConnection.HTTP_NOT_FOUND ->
          throw new Refused(answer + ": look at the names of owner, repository, revision and file");
      default -> {
        if (status >= 500) {
          throw new IOException(answer);
        }
        throw new Refused(answer);
      }
    }
  }

  /** A number of seconds; 0 where there is none, or a date. */
  private static long seconds(String retryAfter) {
    return retryAfter != null && retryAfter.matches("\\d{1,9}") ? Long.parseLong(retryAfter) : 0;
  }

  private URI address(String path) throws IOException {
    try {
      return hub.resolve(new URI(null, null, "/" + path, null).getRawPath());
    } catch (URISyntaxException e) {
      throw new IOException(path + " is no address: " + e.getReason(), e);
    }
  }

  private HttpURLConnection connect(URI address, long have) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) address.toURL().openConnection();
    connection.setInstanceFollowRedirects(false);
    connection.setConnectTimeout((int) timeout.toMillis());
    connection.setReadTimeout((int) timeout.toMillis());
    connection.setRequestProperty("User-Agent", "sememe");
    connection.setRequestProperty("Accept-Encoding", "identity");
    if (hub.getAuthority().equals(address.getAuthority())) {
      token.ifPresent(secret -> connection.setRequestProperty("Authorization", "Bearer " + secret));
    }
    if (have > 0) {
      connection.setRequestProperty("Range", "bytes=" + have + "-");
    }
    return connection;
  }

  /** The hub tells the SHA-256 of large files on the way to where they lie. */
  private static Optional<String> linked(HttpURLConnection connection) {
    return Optional.ofNullable(connection.getHeaderField("X-Linked-ETag"))
        .map(tag -> tag.replace("\"", "").toLowerCase(Locale.ROOT))
        .filter(tag -> tag.matches("[0-9a-f]{64}"));
  }

  private URI redirected(URI from, String location) throws IOException {
    URI to;
    try {
      to = from.resolve(location == null ? "" : location);
    } catch (IllegalArgumentException e) {
      throw new Refused("the hub sends us on to no address");
    }
    if (!hub.getScheme().equals(to.getScheme())) {
      throw new Refused("the hub sends us on to " + to.getScheme() + ", not " + hub.getScheme());
    }
    return to;
  }

  private static void receive(
      HttpURLConnection connection,
      Path part,
      long from,
      String what,
      ModelSource.Progress progress)
      throws IOException {
    long length = connection.getContentLengthLong();
    long total = length < 0 ? -1 : from + length;
    long done = from;
    try (InputStream in = connection.getInputStream();
        OutputStream out =
            Files.newOutputStream(
                part,
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE,
                from > 0 ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING)) {
      byte[] buffer = new byte[1 << 17];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        out.write(buffer, 0, read);
        done += read;
        progress.progress(what, done, total);
        if (Thread.currentThread().isInterrupted()) {
          throw new InterruptedIOException("interrupted while fetching " + what);
        }
      }
    }
    if (total >= 0 && done != total) {
      throw new IOException("the connection broke off after " + done + " of " + total + " bytes");
    }
    try (FileChannel written = FileChannel.open(part, StandardOpenOption.WRITE)) {
      written.force(true);
    }
  }
}
