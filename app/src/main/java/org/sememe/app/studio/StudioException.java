package org.sememe.app.studio;

/** A request that is answered by an error: its HTTP status, and one line for the person. */
final class StudioException extends RuntimeException {
  private final int status;

  StudioException(int status, String message) {
    super(message);
    this.status = status;
  }

  int status() {
    return status;
  }
}
