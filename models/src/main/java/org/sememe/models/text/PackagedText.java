package org.sememe.models.text;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.sememe.models.sources.TarFile;

/**
 * A corpus in a package of npm. Its files are held in memory while they are read; the order is that
 * of their names' hashes.
 *
 * @param archive the package, a gzipped tar
 */
record PackagedText(Path archive, NamedCorpus corpus) implements LabelledText {
  private static final int LARGEST = 1 << 24;

  private record Packed(String name, byte[] content) {}

  @Override
  public String name() {
    return corpus.title();
  }

  @Override
  public List<String> labels() {
    return corpus.labels();
  }

  @Override
  public Stream<LabelledDocument> labelled() throws IOException {
    List<Packed> files = new ArrayList<>();
    try (InputStream in = new GZIPInputStream(Files.newInputStream(archive))) {
      TarFile tar = new TarFile(in);
      for (Optional<String> name = tar.next(); name.isPresent(); name = tar.next()) {
        if (corpus.has(name.get())) {
          byte[] content = tar.content().readNBytes(LARGEST + 1);
          if (content.length > LARGEST) {
            throw new IOException(name.get() + " is too long");
          }
          files.add(new Packed(name.get(), content));
        }
      }
    } catch (IOException e) {
      throw new IOException(archive + ": " + e.getMessage(), e);
    }
    return NameHashOrder.sorted(files, Packed::name).stream().map(this::document);
  }

  private LabelledDocument document(Packed file) {
    try {
      return corpus.document(file.name(), file.content());
    } catch (IOException e) {
      throw new UncheckedIOException(
          new IOException(archive + "!" + file.name() + ": " + e.getMessage(), e));
    }
  }
}
