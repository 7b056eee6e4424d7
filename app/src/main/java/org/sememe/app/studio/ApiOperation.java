package org.sememe.app.studio;

import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What one request of the API takes and answers.
 *
 * @param method {@code get} or {@code post}
 * @param path below {@code /api}, a part of it in braces
 * @param query its parameters
 * @param body what is posted
 * @param answer what is answered; empty for server-sent events
 */
record ApiOperation(
    String method,
    String path,
    String summary,
    List<Parameter> query,
    Optional<Type> body,
    Optional<Type> answer) {

  /** A parameter of the query string; all may be left out unless they say otherwise. */
  record Parameter(String name, String type, String what) {}

  static ApiOperation get(String path, String summary, Type answer) {
    return new ApiOperation("get", path, summary, List.of(), Optional.empty(), Optional.of(answer));
  }

  static ApiOperation post(String path, String summary, Type body, Type answer) {
    return new ApiOperation(
        "post", path, summary, List.of(), Optional.of(body), Optional.of(answer));
  }

  /** The same with another parameter. */
  ApiOperation with(String name, String type, String what) {
    List<Parameter> more = new ArrayList<>(query);
    more.add(new Parameter(name, type, what));
    return new ApiOperation(method, path, summary, List.copyOf(more), body, answer);
  }

  /** The same with another's parameters too. */
  ApiOperation withAllOf(ApiOperation other) {
    List<Parameter> more = new ArrayList<>(query);
    more.addAll(other.query());
    return new ApiOperation(method, path, summary, List.copyOf(more), body, answer);
  }

  /** The same, answered by a stream of server-sent events. */
  ApiOperation streamed() {
    return new ApiOperation(method, path, summary, query, body, Optional.empty());
  }
}
