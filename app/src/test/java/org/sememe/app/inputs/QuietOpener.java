package org.sememe.app.inputs;

import java.io.PrintWriter;
import java.io.Writer;
import org.sememe.app.terminal.Terminal;

/** Opens models and says nothing. */
public final class QuietOpener {
  private QuietOpener() {}

  /** One with two threads. */
  public static ModelOpener opener() {
    PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
    return new ModelOpener(new Terminal(nowhere, nowhere, false), 2);
  }
}
