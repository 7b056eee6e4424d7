package org.sememe.diffusion.pipeline;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.sememe.models.clip.ClipTextEncoder;
import org.sememe.models.clip.ClipTokenizer;
import org.sememe.models.unet.PictureFolder;

/** A pipeline's text encoders with their tokenizers: one, or SDXL's two. */
final class PromptEncoder implements AutoCloseable {
  /** An encoder beside its tokenizer. */
  private record Part(ClipTokenizer tokenizer, ClipTextEncoder encoder) {
    ClipTextEncoder.Encoded encode(List<String> prompts) {
      return encoder.encode(prompts.stream().map(tokenizer::encode).toList());
    }
  }

  /**
   * What the denoiser is told of texts.
   *
   * @param rows {@code [texts, tokens, width]}
   * @param pooled {@code [texts, width]}, of two encoders
   */
  record Prompts(Tensor rows, Optional<Tensor> pooled) {
    /** These after others. */
    Prompts after(Prompts others) {
      return new Prompts(
          torch.cat(new TensorVector(others.rows, rows), 0),
          pooled.map(own -> torch.cat(new TensorVector(others.pooled.orElseThrow(), own), 0)));
    }

    /** Zeros in place of these. */
    Prompts silent() {
      return new Prompts(torch.zeros_like(rows), pooled.map(torch::zeros_like));
    }
  }

  private final List<Part> parts = new ArrayList<>();

  /** Opens the encoders of a pipeline's folder: {@code text_encoder}, {@code text_encoder_2}. */
  PromptEncoder(Path folder, List<String> suffixes, String variant) throws IOException {
    try {
      for (String suffix : suffixes) {
        ClipTokenizer tokenizer = ClipTokenizer.open(folder.resolve("tokenizer" + suffix));
        try {
          parts.add(
              new Part(
                  tokenizer,
                  ClipTextEncoder.open(
                      new PictureFolder(folder.resolve("text_encoder" + suffix), variant))));
        } catch (IOException | RuntimeException problem) {
          tokenizer.close();
          throw problem;
        }
      }
    } catch (IOException | RuntimeException problem) {
      close();
      throw problem;
    }
  }

  /**
   * Texts in the caller's scope: of one encoder its last rows after the final norm; of two the rows
   * before the last block, side by side, and the second's projection.
   */
  Prompts encode(List<String> prompts) {
    if (parts.size() == 1) {
      return new Prompts(parts.getFirst().encode(prompts).last(), Optional.empty());
    }
    TensorVector rows = new TensorVector();
    Optional<Tensor> pooled = Optional.empty();
    for (Part part : parts) {
      ClipTextEncoder.Encoded encoded = part.encode(prompts);
      rows.push_back(encoded.hidden().get(encoded.hidden().size() - 2));
      pooled = encoded.projected();
    }
    return new Prompts(torch.cat(rows, 2), pooled);
  }

  @Override
  public void close() {
    for (Part part : parts) {
      part.encoder.close();
      part.tokenizer.close();
    }
    parts.clear();
  }
}
