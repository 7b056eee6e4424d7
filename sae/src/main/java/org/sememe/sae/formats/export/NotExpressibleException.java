package org.sememe.sae.formats.export;

import java.io.IOException;

/** A library's files cannot say what a dictionary does. */
public final class NotExpressibleException extends IOException {
  private static final long serialVersionUID = 1;

  NotExpressibleException(String format, String what, String instead) {
    super(format + " cannot express " + what + ": " + instead);
  }
}
