package org.sememe.app.inputs;

import java.io.IOException;
import java.util.List;
import org.sememe.analysis.meaning.SentenceEncoder;
import org.sememe.models.Network;
import org.sememe.models.encoder.EncoderModel;

/**
 * An encoder model that makes sentence vectors. Owns the model.
 *
 * @param name what it was opened by
 */
public record SentenceModel(String name, EncoderModel model)
    implements SentenceEncoder, AutoCloseable {
  /** The one that is used unless another is named. */
  public static final String STANDARD = "all-minilm-l6-v2";

  /** Texts that are embedded at once. */
  public static final int TOGETHER = 64;

  /**
   * Opens one, downloaded if need be.
   *
   * @throws IOException if it makes no sentence vectors
   */
  public static SentenceModel open(ModelOpener opener, String spec) throws IOException {
    String path = opener.located(spec);
    Network opened = opener.openNetwork(path);
    if (opened instanceof EncoderModel model && model.sentences().isPresent()) {
      return new SentenceModel(spec, model);
    }
    opened.close();
    throw new IOException(
        path
            + ": makes no sentence vectors: name an encoder with modules.json, such as "
            + STANDARD);
  }

  /**
   * Opens the one by which something was embedded.
   *
   * @param sha256 of its weights then
   * @throws IOException if it has others now
   */
  public static SentenceModel open(ModelOpener opener, String spec, String sha256)
      throws IOException {
    SentenceModel model = open(opener, spec);
    if (!model.sha256().equals(sha256)) {
      model.close();
      throw new IOException(spec + ": not the encoder that this run was trained with");
    }
    return model;
  }

  @Override
  public String sha256() {
    return model.info().sha256();
  }

  @Override
  public float[][] embeddings(List<String> texts) {
    float[][] all = new float[texts.size()][];
    for (int from = 0; from < all.length; from += TOGETHER) {
      List<String> some = texts.subList(from, Math.min(from + TOGETHER, all.length));
      System.arraycopy(model.embeddings(some), 0, all, from, some.size());
    }
    return all;
  }

  @Override
  public void close() {
    model.close();
  }
}
