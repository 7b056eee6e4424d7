package org.sememe.models.unet;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.sememe.models.blocks.ConfigJson;
import org.sememe.tensors.FormatException;

/**
 * The shape of a U-Net. Levels are given from the finest down; the way up mirrors them.
 *
 * @param in channels of the picture
 * @param out channels of the output
 * @param side of the pictures that it was trained with, where that is said
 * @param levels from the finest down, one at least
 * @param layers residual blocks of a level on the way down; one more on the way up
 * @param middle what mixes between the two blocks in the middle
 * @param middleDivisor of the middle's sums
 * @param groups of the group norms
 * @param eps of the group norms
 * @param scaleShift whether time scales and shifts after the second norm, or is added before it
 * @param downPadding of strided convolutions; 0 pads right and bottom only
 * @param residualResampling whether levels with attention among positions resample by residual
 *     blocks
 * @param centred whether pictures in [0, 1] are brought to [-1, 1] first
 * @param time how a timestep becomes numbers
 * @param condition what else the network is told
 */
public record UNetConfig(
    int in,
    int out,
    OptionalInt side,
    List<Level> levels,
    int layers,
    Mixer middle,
    double middleDivisor,
    int groups,
    double eps,
    boolean scaleShift,
    int downPadding,
    boolean residualResampling,
    boolean centred,
    Time time,
    Condition condition) {

  /**
   * One size of the picture.
   *
   * @param channels of its activations
   * @param down what mixes after each residual block on the way down
   * @param up likewise on the way up
   */
  public record Level(int channels, Mixer down, Mixer up) {}

  /** What lets positions see each other. */
  public sealed interface Mixer {
    /** Nothing does. */
    record None() implements Mixer {}

    /**
     * Attention among positions.
     *
     * @param heads in how many parts
     * @param groups of its norm; 0 for no norm
     */
    record Spatial(int heads, int groups) implements Mixer {}

    /**
     * Transformer blocks that look at a text.
     *
     * @param heads in how many parts
     * @param layers how many blocks
     * @param textWidth of the text's rows
     * @param linear whether the outer maps are stored as linear ones, or as 1x1 convolutions
     */
    record Cross(int heads, int layers, int textWidth, boolean linear) implements Mixer {}
  }

  /**
   * How a timestep becomes numbers.
   *
   * @param width of its embedding after two layers
   * @param cosinesFirst whether cosines stand before sines
   * @param shift taken from half the sinusoids' width in the exponent's divisor
   */
  public record Time(int width, boolean cosinesFirst, double shift) {}

  /**
   * What else the network is told.
   *
   * @param classes rows of the class embedding, added to the time's
   * @param sizes of the numbers beside a pooled text: the width of each one's sinusoids
   * @param pooledWidth of that text's vector with all sinusoids
   * @param sentence width of a vector that is added to the time's in a class's place, after two
   *     layers
   */
  public record Condition(
      OptionalInt classes, OptionalInt sizes, int pooledWidth, OptionalInt sentence) {
    /** Nothing. */
    public static final Condition NOTHING =
        new Condition(OptionalInt.empty(), OptionalInt.empty(), 0, OptionalInt.empty());
  }

  /**
   * The options in a {@code config.json} of diffusers' UNet2DModel or UNet2DConditionModel.
   *
   * @throws FormatException for a network of another kind, or options that are not supported,
   *     naming them
   */
  public static UNetConfig read(ConfigJson json) throws IOException {
    String name = json.text("_class_name", "");
    if (!name.equals("UNet2DModel") && !name.equals("UNet2DConditionModel")) {
      throw new FormatException(
          json.file(), 0, "a '" + name + "': need UNet2DModel or UNet2DConditionModel");
    }
    refuse(json, "act_fn", "silu", "swish");
    refuse(json, "time_embedding_type", "positional");
    refuse(json, "class_embed_type", "projection");
    refuse(json, "encoder_hid_dim_type");
    refuse(json, "addition_embed_type", "text_time");
    refuse(json, "resnet_time_scale_shift", "default", "scale_shift");
    refuse(json, "attention_type", "default");
    for (String key :
        List.of("dual_cross_attention", "only_cross_attention", "time_embedding_act_fn")) {
      if (json.has(key) && !json.at(key).asText().equals("false")) {
        throw new FormatException(json.file(), 0, "'" + key + "' is not supported");
      }
    }
    return new UNetReader(json, name.equals("UNet2DConditionModel")).read();
  }

  private static void refuse(ConfigJson json, String key, String... known) throws IOException {
    if (json.has(key) && !List.of(known).contains(json.at(key).asText())) {
      throw new FormatException(
          json.file(), 0, "'" + key + "' is " + json.at(key) + ", known are " + List.of(known));
    }
  }

  /** Reads what the two kinds of file have in common, and where they differ. */
  private record UNetReader(ConfigJson json, boolean conditional) {
    private static final String PROJECTED = "projection_class_embeddings_input_dim";

    UNetConfig read() throws IOException {
      List<Integer> channels = integers("block_out_channels");
      int n = channels.size();
      boolean scaleShift = json.text("resnet_time_scale_shift", "default").equals("scale_shift");
      int groups = json.integer("norm_num_groups", 32);
      List<Level> levels = new ArrayList<>();
      List<String> down = texts("down_block_types", n);
      List<String> up = texts("up_block_types", n);
      for (int i = 0; i < n; i++) {
        levels.add(
            new Level(
                channels.get(i),
                mixer(down.get(i), "Down", i, channels.get(i), groups),
                mixer(up.get(n - 1 - i), "Up", i, channels.get(i), groups)));
      }
      boolean pooled = json.has("addition_embed_type");
      return new UNetConfig(
          json.integer("in_channels"),
          json.integer("out_channels"),
          json.at("sample_size").canConvertToInt()
              ? OptionalInt.of(json.integer("sample_size"))
              : OptionalInt.empty(),
          List.copyOf(levels),
          layers(),
          middle(n, channels.getLast(), groups, scaleShift),
          json.number("mid_block_scale_factor", 1),
          groups,
          json.number("norm_eps", 1e-5),
          scaleShift,
          json.integer("downsample_padding", 1),
          json.text("downsample_type", "conv").equals("resnet"),
          json.flag("center_input_sample", false),
          new Time(
              json.integer("time_embedding_dim", 4 * channels.getFirst()),
              json.flag("flip_sin_to_cos", true),
              json.number("freq_shift", 0)),
          new Condition(
              json.has("num_class_embeds")
                  ? OptionalInt.of(json.integer("num_class_embeds"))
                  : OptionalInt.empty(),
              pooled
                  ? OptionalInt.of(json.integer("addition_time_embed_dim"))
                  : OptionalInt.empty(),
              pooled ? json.integer(PROJECTED) : 0,
              json.has("class_embed_type")
                  ? OptionalInt.of(json.integer(PROJECTED))
                  : OptionalInt.empty()));
    }

    private int layers() throws IOException {
      int layers = json.integer("layers_per_block");
      if (layers < 1 || layers > 100) {
        throw new FormatException(json.file(), 0, "'layers_per_block' is " + layers);
      }
      return layers;
    }

    private Mixer middle(int n, int channels, int groups, boolean scaleShift) throws IOException {
      String kind = json.text("mid_block_type", "UNetMidBlock2D");
      return switch (kind) {
        case "UNetMidBlock2DCrossAttn" -> cross(n - 1);
        case "UNetMidBlock2D" -> {
          int own = json.integer("attn_norm_num_groups", scaleShift ? 0 : groups);
          yield json.flag("add_attention", true) && !conditional
              ? new Mixer.Spatial(spatialHeads(channels), own)
              : new Mixer.None();
        }
        default ->
            throw new FormatException(json.file(), 0, "'mid_block_type' " + kind + " is not known");
      };
    }

    private Mixer mixer(String type, String way, int level, int channels, int groups)
        throws IOException {
      String plain = way + "Block2D";
      if (type.equals(plain)) {
        return new Mixer.None();
      }
      if (type.equals("Attn" + plain)) {
        return new Mixer.Spatial(spatialHeads(channels), groups);
      }
      if (type.equals("CrossAttn" + plain)) {
        return cross(level);
      }
      throw new FormatException(
          json.file(),
          0,
          "block type '" + type + "' is not known: " + plain + ", Attn... and CrossAttn... are");
    }

    /** In UNet2DModel the key is the width of a head. */
    private int spatialHeads(int channels) throws IOException {
      int width = json.integer("attention_head_dim", conditional ? 8 : channels);
      if (width < 1 || channels % width != 0) {
        throw new FormatException(
            json.file(), 0, "heads of width " + width + " do not fill " + channels + " channels");
      }
      return channels / width;
    }

    /** In UNet2DConditionModel the same key counts heads, for all levels or each. */
    private Mixer cross(int level) throws IOException {
      String key = json.has("num_attention_heads") ? "num_attention_heads" : "attention_head_dim";
      return new Mixer.Cross(
          perLevel(key, level, 8),
          perLevel("transformer_layers_per_block", level, 1),
          json.integer("cross_attention_dim", 1280),
          json.flag("use_linear_projection", false));
    }

    private int perLevel(String key, int level, int otherwise) throws IOException {
      JsonNode value = json.at(key);
      int found = value.isArray() ? value.path(level).asInt(0) : json.integer(key, otherwise);
      if (found < 1) {
        throw new FormatException(json.file(), 0, "'" + key + "' has no number for level " + level);
      }
      return found;
    }

    private List<Integer> integers(String key) throws IOException {
      List<Integer> values = new ArrayList<>();
      for (JsonNode value : json.at(key)) {
        if (!value.canConvertToInt() || value.asInt() < 1) {
          throw new FormatException(json.file(), 0, "'" + key + "' holds " + value);
        }
        values.add(value.asInt());
      }
      if (values.isEmpty()) {
        throw new FormatException(json.file(), 0, "'" + key + "' is no list of numbers");
      }
      return values;
    }

    private List<String> texts(String key, int n) throws IOException {
      List<String> values = new ArrayList<>();
      json.at(key).forEach(value -> values.add(value.asText()));
      if (values.size() != n) {
        throw new FormatException(
            json.file(), 0, "'" + key + "' has " + values.size() + " entries, need " + n);
      }
      return values;
    }
  }
}
