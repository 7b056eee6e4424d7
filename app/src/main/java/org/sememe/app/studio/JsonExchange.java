package org.sememe.app.studio;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.zip.GZIPOutputStream;

/** JSON in and out of the API: records' components in snake_case. Stateless, thread-safe. */
final class JsonExchange {
  private static final int WORTH_ZIPPING = 4096;

  private final JsonMapper json =
      JsonMapper.builder()
          .addModule(new Jdk8Module())
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .serializationInclusion(JsonInclude.Include.NON_ABSENT)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /**
   * The JSON object that a request brings.
   *
   * @param example what to send, for the person who did not
   */
  JsonNode object(ServerRequest request, String example) {
    // A form of another site cannot send this type without asking first, which is refused.
    boolean isJson =
        request
            .headers()
            .contentType()
            .filter(t -> t.mediaType().text().equals("application/json"))
            .isPresent();
    if (!isJson) {
      throw new StudioException(415, "send JSON: content-type application/json");
    }
    if (!request.content().hasEntity()) {
      throw new StudioException(400, "send " + example);
    }
    try {
      JsonNode body = json.readTree(request.content().as(byte[].class));
      if (!body.isObject()) {
        throw new StudioException(400, "send " + example);
      }
      return body;
    } catch (IOException e) {
      throw new StudioException(400, "the request's body is not JSON");
    }
  }

  /** The JSON object that a request brings, as a record; {@code example} as above. */
  <T> T read(ServerRequest request, Class<T> type, String example) {
    try {
      return json.treeToValue(object(request, example), type);
    } catch (JsonProcessingException e) {
      throw new StudioException(400, "send " + example);
    }
  }

  /** A value as JSON. */
  byte[] bytes(Object value) {
    try {
      return json.writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Answers with a value as JSON. */
  void send(ServerRequest request, ServerResponse response, Object answer) {
    byte[] body = bytes(answer);
    response.header(HeaderNames.CONTENT_TYPE, "application/json");
    response.header(HeaderNames.CACHE_CONTROL, "no-store");
    boolean zip =
        body.length > WORTH_ZIPPING
            && request
                .headers()
                .first(HeaderNames.ACCEPT_ENCODING)
                .filter(e -> e.contains("gzip"))
                .isPresent();
    if (zip) {
      response.header(HeaderNames.CONTENT_ENCODING, "gzip");
      body = zip(body);
    }
    response.send(body);
  }

  private static byte[] zip(byte[] body) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(body.length / 4);
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(body);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }
}
