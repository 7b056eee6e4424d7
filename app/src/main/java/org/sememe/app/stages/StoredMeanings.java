package org.sememe.app.stages;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.sememe.analysis.index.FeatureIndex;
import org.sememe.analysis.meaning.MeaningBuilder;
import org.sememe.analysis.meaning.MeaningFile;
import org.sememe.analysis.meaning.MeaningSearch;
import org.sememe.analysis.meaning.MeaningSource;
import org.sememe.analysis.meaning.NearestMeanings;
import org.sememe.app.inputs.ModelOpener;
import org.sememe.app.inputs.SentenceModel;
import org.sememe.app.studio.FeatureNotes;

/**
 * The meanings in a file that may be made while this is open; it and its encoder are opened when
 * they are first asked for, and one search runs at a time.
 */
public final class StoredMeanings implements MeaningSource, AutoCloseable {
  private final ModelOpener opener;
  private final Path file;
  private final FeatureIndex index;
  private final FeatureNotes notes;
  private Optional<Opened> opened = Optional.empty();

  private record Opened(SentenceModel encoder, MeaningSearch search) {}

  /** Of what is kept of a dictionary; the index stays the caller's and is closed after this. */
  public StoredMeanings(ModelOpener opener, Path kept, FeatureIndex index) {
    this.opener = opener;
    this.file = kept.resolve(MeaningFile.NAME);
    this.index = index;
    this.notes = new FeatureNotes(kept.resolve(FeatureNotes.FILE));
  }

  @Override
  public boolean there() {
    return Files.isRegularFile(file);
  }

  @Override
  public synchronized NearestMeanings nearest(String text, int most) {
    try {
      if (opened.isEmpty()) {
        opened = Optional.of(open());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return opened.get().search().nearest(text, most, notes.texts());
  }

  private Opened open() throws IOException {
    MeaningFile meanings = MeaningFile.open(file);
    try {
      SentenceModel encoder = SentenceModel.open(opener, meanings.encoder());
      try {
        MeaningBuilder builder = new MeaningBuilder(index, encoder);
        return new Opened(encoder, new MeaningSearch(meanings, builder));
      } catch (Throwable problem) {
        encoder.close();
        throw problem;
      }
    } catch (Throwable problem) {
      meanings.close();
      throw problem;
    }
  }

  @Override
  public synchronized void close() {
    opened.ifPresent(
        both -> {
          both.search().close();
          both.encoder().close();
        });
    opened = Optional.empty();
  }
}
