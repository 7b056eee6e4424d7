package org.sememe.app.stages;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import org.sememe.analysis.index.FeatureIndex;
import org.sememe.analysis.meaning.MeaningBuilder;
import org.sememe.analysis.meaning.MeaningFile;
import org.sememe.app.inputs.ModelOpener;
import org.sememe.app.inputs.SentenceModel;
import org.sememe.app.studio.FeatureNotes;
import org.sememe.app.terminal.Progress;
import org.sememe.app.terminal.Terminal;
import org.sememe.app.terminal.Unit;

/**
 * Makes the vectors by which features are found by their meaning.
 *
 * @param terminal where progress is shown
 * @param opener opens the encoder
 */
public record MeaningStage(Terminal terminal, ModelOpener opener) {
  /**
   * Makes what is missing or out of date.
   *
   * @param kept the folder of what is kept of the dictionary, with its index
   * @param encoder a sentence encoder's name or folder
   * @return the file
   */
  public Path run(Path kept, String encoder) throws IOException {
    Path file = kept.resolve(MeaningFile.NAME);
    try (SentenceModel model = SentenceModel.open(opener, encoder);
        FeatureIndex index = FeatureIndex.open(kept.resolve(IndexStage.FILE));
        Progress progress = terminal.progress("meaning", Unit.ITEMS, index.summary().latents())) {
      int made =
          new MeaningBuilder(index, model)
              .build(
                  file,
                  new FeatureNotes(kept.resolve(FeatureNotes.FILE)).texts(),
                  progress::update);
      terminal.say(
          String.format(
              Locale.ROOT,
              "meanings: %,d of %,d latents were new or changed, by %s: %s",
              made,
              index.summary().latents(),
              encoder,
              file));
    }
    return file;
  }
}
