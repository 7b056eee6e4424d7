package org.sememe.app.stages;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.sememe.app.inputs.ModelOpener;
import org.sememe.app.inputs.SentenceModel;
import org.sememe.app.terminal.Progress;
import org.sememe.app.terminal.Terminal;
import org.sememe.app.terminal.Unit;
import org.sememe.diffusion.conditions.CaptionVectors;

/**
 * Embeds the captions that a run is trained on.
 *
 * @param terminal where progress is shown
 * @param opener opens the encoder
 */
public record CaptionStage(Terminal terminal, ModelOpener opener) {
  /**
   * The embeddings that a run keeps, if they are of these captions by that encoder; else new ones.
   *
   * @param run its folder, there or not
   * @param captions of the pictures; empty ones and repeated ones are left out
   * @param encoder a sentence encoder's name or folder
   */
  public CaptionVectors run(Path run, List<String> captions, String encoder) throws IOException {
    List<String> each = captions.stream().filter(text -> !text.isEmpty()).distinct().toList();
    Optional<CaptionVectors> kept = CaptionVectors.read(run);
    if (kept.isPresent()
        && kept.get().captions().equals(each)
        && kept.get().encoder().name().equals(encoder)) {
      return kept.get();
    }
    try (SentenceModel model = SentenceModel.open(opener, encoder);
        Progress progress = terminal.progress("captions", Unit.ITEMS, each.size())) {
      float[][] vectors = new float[each.size()][];
      for (int from = 0; from < vectors.length; from += SentenceModel.TOGETHER) {
        List<String> some =
            each.subList(from, Math.min(from + SentenceModel.TOGETHER, vectors.length));
        System.arraycopy(model.embeddings(some), 0, vectors, from, some.size());
        progress.update(from + some.size(), "");
      }
      terminal.say(
          String.format(Locale.ROOT, "captions: %,d, embedded by %s", vectors.length, encoder));
      return new CaptionVectors(new CaptionVectors.Encoder(encoder, model.sha256()), each, vectors);
    }
  }
}
