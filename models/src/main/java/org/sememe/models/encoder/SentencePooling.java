package org.sememe.models.encoder;

import static org.bytedeco.pytorch.global.torch.cat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.sememe.models.TokenBatch;
import org.sememe.models.blocks.Residual;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.JsonFile;
import org.sememe.tensors.TensorMemory;

/**
 * How a sentence's vector is made of its tokens' last activations, as sentence-transformers'
 * folders say it in {@code modules.json} and {@code 1_Pooling/config.json}.
 *
 * @param modes what is made of the tokens; several are put one after the other
 * @param normalised whether the vector is divided by its L2 norm
 */
public record SentencePooling(Set<Mode> modes, boolean normalised) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String SWITCH = "pooling_mode_";

  /** What is made of the tokens' vectors, in the order in which several are joined. */
  public enum Mode {
    /** The first token's vector. */
    CLS("cls_token"),
    /** The largest value of each dimension. */
    MAX("max_tokens"),
    /** The mean. */
    MEAN("mean_tokens"),
    /** The sum over the root of the number of tokens. */
    MEAN_SQRT("mean_sqrt_len_tokens");

    private final String key;

    Mode(String key) {
      this.key = key;
    }
  }

  /** Checks that there is a mode. */
  public SentencePooling {
    if (modes.isEmpty()) {
      throw new IllegalArgumentException("no pooling mode is switched on");
    }
    modes = Set.copyOf(modes);
  }

  /**
   * What a folder says; empty if it has no {@code modules.json}.
   *
   * @throws FormatException if the files are damaged, or ask for a module or mode that is not known
   */
  static Optional<SentencePooling> read(Path folder) throws IOException {
    Path file = folder.resolve("modules.json");
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    Set<Mode> modes = EnumSet.noneOf(Mode.class);
    boolean normalised = false;
    for (JsonNode module : JsonFile.read(JSON, file, JsonNode.class)) {
      String type = module.path("type").asText();
      switch (type.substring(type.lastIndexOf('.') + 1)) {
        case "Transformer" -> {}
        case "Pooling" -> modes.addAll(modes(inside(folder, file, module.path("path").asText())));
        case "Normalize" -> normalised = true;
        default -> throw new FormatException(file, 0, "module '" + type + "' is not known");
      }
    }
    try {
      return Optional.of(new SentencePooling(modes, normalised));
    } catch (IllegalArgumentException e) {
      throw new FormatException(file, 0, e.getMessage());
    }
  }

  private static Path inside(Path folder, Path file, String name) throws IOException {
    if (!name.matches("[A-Za-z0-9_]+")) {
      throw new FormatException(file, 0, "path '" + name + "' is not a folder beside it");
    }
    return folder.resolve(name).resolve("config.json");
  }

  private static Set<Mode> modes(Path file) throws IOException {
    JsonNode json = JsonFile.read(JSON, file);
    Set<Mode> modes = EnumSet.noneOf(Mode.class);
    for (Mode mode : Mode.values()) {
      if (json.path(SWITCH + mode.key).asBoolean()) {
        modes.add(mode);
      }
    }
    for (String key : Set.of("weightedmean_tokens", "lasttoken")) {
      if (json.path(SWITCH + key).asBoolean()) {
        throw new FormatException(file, 0, SWITCH + key + " is not known");
      }
    }
    return modes;
  }

  /**
   * Each sequence's vector, differentiable, in the current scope.
   *
   * @param hidden the last block's output, fp32 {@code [sequences, length, d]}
   * @return {@code [sequences, modes * d]}
   */
  public Tensor embed(Tensor hidden, TokenBatch batch) {
    Tensor mask = mask(batch);
    TensorVector parts = new TensorVector();
    for (Mode mode : Mode.values()) {
      if (modes.contains(mode)) {
        parts.push_back(pooled(mode, hidden, mask, batch));
      }
    }
    Tensor joined = cat(parts, 1);
    if (!normalised) {
      return joined;
    }
    double least = 1e-12;
    return joined.div(sum(joined.square(), 1).sqrt().clamp_min(new Scalar(least)));
  }

  private static Tensor pooled(Mode mode, Tensor hidden, Tensor mask, TokenBatch batch) {
    Tensor count = sum(mask, 1).squeeze(2);
    return switch (mode) {
      case CLS -> Residual.first(hidden, batch).squeeze(1);
      case MAX ->
          hidden
              .masked_fill(mask.logical_not(), new Scalar(Double.NEGATIVE_INFINITY))
              .amax(new long[] {1}, false);
      case MEAN -> sum(hidden.mul(mask), 1).squeeze(1).div(count);
      case MEAN_SQRT -> sum(hidden.mul(mask), 1).squeeze(1).div(count.sqrt());
    };
  }

  private static Tensor sum(Tensor x, long dimension) {
    return x.sum(new long[] {dimension}, /* keepdim= */ true, new ScalarTypeOptional());
  }

  /** 1 where a token is real, {@code [sequences, length, 1]}. */
  private static Tensor mask(TokenBatch batch) {
    boolean[] real = batch.mask();
    float[] ones = new float[real.length];
    for (int i = 0; i < ones.length; i++) {
      ones[i] = real[i] ? 1 : 0;
    }
    return TensorMemory.floats(ones, batch.sequences(), batch.length(), 1);
  }
}
