package org.sememe.app.pictures;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.sememe.app.inputs.ModelOpener;
import org.sememe.app.inputs.SentenceModel;
import org.sememe.diffusion.conditions.CaptionVectors;
import org.sememe.tensors.FormatException;

/**
 * The sentence encoder whose embeddings a run was trained on. Owns it.
 *
 * @param model it
 */
public record CaptionEncoder(SentenceModel model) implements AutoCloseable {
  /**
   * That of a run.
   *
   * @throws FormatException if the run was not trained on captions
   * @throws IOException if the encoder's weights are others now
   */
  public static CaptionEncoder open(ModelOpener opener, Path run) throws IOException {
    CaptionVectors.Encoder encoder =
        CaptionVectors.read(run)
            .orElseThrow(
                () -> new FormatException(run, 0, "no captions.safetensors: it draws from classes"))
            .encoder();
    return new CaptionEncoder(SentenceModel.open(opener, encoder.name(), encoder.sha256()));
  }

  /** Embeddings of captions, one each. */
  public float[][] vectors(List<String> captions) {
    return model.embeddings(captions);
  }

  @Override
  public void close() {
    model.close();
  }
}
