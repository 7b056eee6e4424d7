package org.sememe.app.inputs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.sememe.app.terminal.Progress;
import org.sememe.app.terminal.Terminal;
import org.sememe.app.terminal.Unit;
import org.sememe.models.LanguageModel;
import org.sememe.models.Models;
import org.sememe.models.Network;
import org.sememe.models.SideBySide;
import org.sememe.models.sources.ModelSource;
import org.sememe.models.text.TextSource;
import org.sememe.models.text.TextSources;
import org.sememe.tensors.Torch;

/**
 * Finds models by name or path and opens them, showing downloads on the way.
 *
 * @param terminal where downloads are shown
 * @param threads for libtorch
 */
public record ModelOpener(Terminal terminal, int threads) implements Sources {
  /** What a MODEL argument may be, for help pages. */
  public static final String WHAT =
      "A model: a name of the catalogue (sememe pull --list), a GGUF file, a Hugging Face folder,"
          + " or a source: hf:OWNER/REPO[@REVISION][/FILE], pip:, maven:, npm:, file:.";

  /** What it may be beside that, where rows are read. */
  public static final String OR_SEVERAL =
      "Two or more of one tokenizer, such as BASE+CHAT, run side by side: hook point H of the first"
          + " is H@1, of the second H@2, and H is those of all.";

  private static final String TOGETHER = "+";

  /** The file or folder of a model or a source, downloaded if need be. */
  @Override
  public Path locate(String spec) throws IOException {
    try (Downloads downloads = new Downloads(terminal)) {
      return ModelSource.open(spec, downloads);
    }
  }

  /** The file or folder of anything that the catalogue lists, or of a source. */
  public Path fetch(String spec) throws IOException {
    try (Downloads downloads = new Downloads(terminal)) {
      return ModelSource.listed(spec, downloads);
    }
  }

  /** A text, fetched if it is a corpus of the catalogue. */
  public TextSource text(String spec) throws IOException {
    try (Downloads downloads = new Downloads(terminal)) {
      return TextSources.open(spec, downloads);
    }
  }

  /** The place of labelled pictures, fetched if it is a name of the catalogue. */
  public Path pictures(String spec) throws IOException {
    try (Downloads downloads = new Downloads(terminal)) {
      return ModelSource.pictures(spec, downloads);
    }
  }

  /** A causal language model, ready to run; the caller closes it. */
  public LanguageModel open(String spec) throws IOException {
    Path path = locate(spec);
    Torch.start(threads);
    return Models.open(path);
  }

  /** A model of any kind, encoders and several together included; the caller closes it. */
  public Network openNetwork(String spec) throws IOException {
    List<String> parts = parts(spec);
    List<Path> paths = new ArrayList<>();
    for (String part : parts) {
      paths.add(locate(part));
    }
    Torch.start(threads);
    List<Network> opened = new ArrayList<>();
    try {
      for (Path path : paths) {
        opened.add(Models.openNetwork(path));
      }
    } catch (IOException | RuntimeException e) {
      opened.forEach(Network::close);
      throw e;
    }
    return opened.size() == 1 ? opened.getFirst() : SideBySide.of(opened);
  }

  /** The files or folders of what {@link #openNetwork} opens, absolute, as it takes them. */
  public String located(String spec) throws IOException {
    List<String> paths = new ArrayList<>();
    for (String part : parts(spec)) {
      paths.add(locate(part).toAbsolutePath().normalize().toString());
    }
    return String.join(TOGETHER, paths);
  }

  /** The hook points that are meant: where there are several models, those of each. */
  public static String hooks(String named, String spec) {
    int models = parts(spec).size();
    return models == 1
        ? named
        : Stream.of(named.strip().split("\\s*,\\s*", -1))
            .flatMap(hook -> ofAll(hook, models))
            .collect(Collectors.joining(","));
  }

  private static Stream<String> ofAll(String hook, int models) {
    return SideBySide.marked(hook)
        ? Stream.of(hook)
        : IntStream.range(0, models).mapToObj(model -> SideBySide.named(hook, model));
  }

  /** Several models, or one, whose path may have the sign that joins several. */
  private static List<String> parts(String spec) {
    return exists(spec) ? List.of(spec) : List.of(spec.split(Pattern.quote(TOGETHER), -1));
  }

  private static boolean exists(String spec) {
    try {
      return Files.exists(Path.of(spec));
    } catch (InvalidPathException e) {
      return false;
    }
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
