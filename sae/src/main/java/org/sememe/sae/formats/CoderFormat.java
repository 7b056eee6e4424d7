package org.sememe.sae.formats;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.sememe.sae.StoredWeights;
import org.sememe.sae.dictionary.CoderParts;
import org.sememe.sae.dictionary.Decoding;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.sae.dictionary.Encoding;
import org.sememe.sae.dictionary.Kind;
import org.sememe.sae.dictionary.Selection;
import org.sememe.sae.dictionary.SparseCoder;
import org.sememe.sae.fold.RowNormalisation;
import org.sememe.sae.formats.export.CoderFiles;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.JsonFields;

/** What {@link CoderFiles} writes of what no other library's layout can say. */
final class CoderFormat implements Format {
  private static final String CONFIG = "cfg.json";
  private static final String WEIGHTS = "sae_weights.safetensors";
  private static final long MOST = 1L << 31;

  @Override
  public boolean recognises(Checkpoint checkpoint) throws IOException {
    return checkpoint.file().getFileName().toString().equals(WEIGHTS)
        && checkpoint
            .config(CONFIG)
            .filter(c -> c.json().path("architecture").asText().equals(CoderFiles.ARCHITECTURE))
            .isPresent();
  }

  @Override
  public Dictionary read(Checkpoint checkpoint, LoadOptions options) throws IOException {
    JsonFields config = checkpoint.config(CONFIG).orElseThrow();
    StoredWeights weights = checkpoint.weights();
    Kind kind = kind(config);
    int f = config.count("d_sae");
    int in = config.count("d_in");
    int out = config.count("d_out");
    List<Long> inputs = shape(config, "input_shape", in);
    List<Long> outputs = shape(config, "output_shape", out);
    JsonFields metadata = config.object("metadata");
    Description description =
        new Description(checkpoint, "sememe", config.text("encoder"))
            .kind(kind)
            .model(metadata.optionalText("model_name").orElse(""), options)
            .hooks(names(metadata, "hook_names"), names(metadata, "hook_names_out"));
    RowNormalisation rows = rows(config, description);
    Encoding encoding = encoding(config, weights, in, f);
    Selection selection = selection(config, weights, description, f);
    CoderParts parts =
        new CoderParts(
                encoding,
                selection,
                new Decoding.Joint(weights.floats("W_dec", f, out), weights.floats("b_dec", out)))
            .normalised(rows, kind == Kind.AUTOENCODER)
            .skipping(
                config.flag("skip", false)
                    ? Optional.of(weights.floats("W_skip", out, in).t().contiguous())
                    : Optional.empty());
    weights.requireNoOthers(name -> false);
    return new SparseCoder(
        description.facts(f, inputs, outputs, selection.key(), selection.active()), parts);
  }

  private static Kind kind(JsonFields config) throws FormatException {
    String key = config.text("kind");
    return Arrays.stream(Kind.values())
        .filter(
            kind -> kind == Kind.AUTOENCODER || kind == Kind.TRANSCODER || kind == Kind.CROSSCODER)
        .filter(kind -> kind.key().equals(key))
        .findAny()
        .orElseThrow(() -> config.wrong("kind", "autoencoder, transcoder or crosscoder"));
  }

  private static Encoding encoding(JsonFields config, StoredWeights weights, int in, int f)
      throws FormatException {
    return switch (config.text("encoder")) {
      case "dense" -> affine(weights, "enc", in, f);
      case "kronecker" -> {
        int heads = config.count("heads");
        int first = config.count("first");
        int second = config.count("second");
        if ((long) heads * first > f || (long) heads * first * second != f) {
          throw config.wrong(
              "heads", "one of those of %d by %d latents that are %d".formatted(first, second, f));
        }
        yield new Encoding.Kronecker(
            affine(weights, "P", in, heads * first),
            affine(weights, "Q", in, heads * second),
            heads,
            config.flag("scale", false)
                ? Optional.of(weights.floats("scale", f))
                : Optional.empty());
      }
      case "switch" -> {
        int experts = config.count("experts");
        if (f % experts != 0) {
          throw config.wrong("experts", "a divisor of the number of latents, " + f);
        }
        yield new Encoding.Routed(
            affine(weights, "enc", in, f), affine(weights, "router", in, experts));
      }
      default -> throw config.wrong("encoder", "dense, kronecker or switch");
    };
  }

  private static Encoding.Joint affine(StoredWeights weights, String name, int in, int out)
      throws FormatException {
    return new Encoding.Joint(
        weights.floats("W_" + name, in, out).t().contiguous(),
        weights.floats("b_" + name, out),
        Optional.empty());
  }

  private static Selection selection(
      JsonFields config, StoredWeights weights, Description description, int f)
      throws FormatException {
    return switch (config.text("activation")) {
      case "relu" -> new Selection.Relu();
      case "jumprelu" -> new Selection.Above(weights.floats("threshold", f));
      case "topk" -> new Selection.TopK(description.atMost(config.count("k"), f), false);
      case "abstopk" -> new Selection.AbsTopK(description.atMost(config.count("k"), f));
      case "groupmax" -> {
        int k = description.atMost(config.count("k"), f);
        if (f % k != 0) {
          throw config.wrong("k", "a divisor of the number of latents, " + f);
        }
        yield new Selection.GroupMax(k, false);
      }
      default -> throw config.wrong("activation", "relu, jumprelu, topk, abstopk or groupmax");
    };
  }

  private static RowNormalisation rows(JsonFields config, Description description)
      throws FormatException {
    String key = config.optionalText("normalize_activations").orElse("none");
    return switch (key) {
      case "none" -> RowNormalisation.NONE;
      case "layer_norm", "constant_norm_rescale" -> {
        description.perRow(key);
        yield key.equals("layer_norm")
            ? RowNormalisation.LAYER_NORM
            : RowNormalisation.CONSTANT_NORM;
      }
      default ->
          throw config.wrong("normalize_activations", "none, layer_norm or constant_norm_rescale");
    };
  }

  private static List<Long> shape(JsonFields config, String key, int values)
      throws FormatException {
    List<Long> shape = new ArrayList<>();
    long size = 1;
    for (JsonNode each : config.json().path(key)) {
      shape.add(each.asLong());
      size = each.asLong() < 1 || size > MOST ? 0 : size * Math.min(each.asLong(), MOST);
    }
    if (shape.isEmpty() || size != values) {
      throw config.wrong(key, "a shape of " + values + " values");
    }
    return shape;
  }

  private static List<String> names(JsonFields metadata, String key) {
    List<String> names = new ArrayList<>();
    metadata.json().path(key).forEach(name -> names.add(name.asText()));
    return names;
  }
}
