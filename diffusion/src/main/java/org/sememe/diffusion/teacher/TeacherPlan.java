package org.sememe.diffusion.teacher;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.sememe.diffusion.conditions.Captions;
import org.sememe.diffusion.conditions.ClassLabels;
import org.sememe.diffusion.conditions.Condition;
import org.sememe.diffusion.schedule.SchedulerConfig;
import org.sememe.models.blocks.ConfigJson;
import org.sememe.models.unet.UNetConfig;
import org.sememe.tensors.AtomicFile;
import org.sememe.tensors.JsonFields;

/**
 * What a teacher is and how it is trained: v-prediction on the cosine schedule rescaled to zero
 * terminal SNR, classes or captions beside the time, and what stands for none of them.
 *
 * @param channels of each size of the picture, the finest first
 * @param layers residual blocks of a size
 * @param attentionFrom the size, counted from 0, from which on positions see each other
 * @param steps of training
 * @param batch pictures a step
 * @param rate Adam's learning rate at first; it falls to 0 along a cosine
 * @param averaging decay of the weights' average, which is what is saved
 * @param dropout share of pictures whose class or caption is hidden
 * @param seed of everything that is drawn
 */
public record TeacherPlan(
    List<Integer> channels,
    int layers,
    int attentionFrom,
    long steps,
    int batch,
    double rate,
    double averaging,
    double dropout,
    long seed) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MOST_GROUPS = 8;
  private static final int WIDEST_HEAD = 64;

  public TeacherPlan {
    channels = List.copyOf(channels);
    if (channels.isEmpty() || channels.stream().anyMatch(c -> c < 2 || c % 2 != 0)) {
      throw new IllegalArgumentException("channels " + channels + ": need even numbers");
    }
    if (layers < 1 || steps < 1 || batch < 1) {
      throw new IllegalArgumentException(
          layers + " layers, " + steps + " steps, batches of " + batch + ": all at least 1");
    }
    if (!(rate > 0) || !(averaging >= 0 && averaging < 1) || !(dropout >= 0 && dropout < 1)) {
      throw new IllegalArgumentException(
          "learning rate %s, averaging %s, dropout %s: need above 0, 0 to 1, 0 to 1"
              .formatted(rate, averaging, dropout));
    }
  }

  /** {@code config.json} of the network, in diffusers' words. */
  ObjectNode network(int pixels, int side, Condition condition) {
    int n = channels.size();
    ObjectNode json =
        JSON.createObjectNode()
            .put("sample_size", side)
            .put("in_channels", pixels)
            .put("out_channels", pixels)
            .put("center_input_sample", false)
            .put("time_embedding_type", "positional")
            .put("freq_shift", 0)
            .put("flip_sin_to_cos", true)
            .put("layers_per_block", layers)
            .put("mid_block_type", "UNetMidBlock2D")
            .put("mid_block_scale_factor", 1)
            .put("downsample_padding", 1)
            .put("downsample_type", "conv")
            .put("upsample_type", "conv")
            .put("dropout", 0.0)
            .put("act_fn", "silu")
            .put("norm_num_groups", groups())
            .put("attn_norm_num_groups", groups())
            .put("norm_eps", 1e-5)
            .put("resnet_time_scale_shift", "scale_shift")
            .put("add_attention", attentionFrom < n);
    switch (condition) {
      case ClassLabels classes ->
          json.put("_class_name", "UNet2DModel").put("num_class_embeds", classes.count() + 1);
      // Diffusers' UNet2DModel takes no vector in a class's place; its sister does.
      case Captions captions ->
          json.put("_class_name", "UNet2DConditionModel")
              .put("class_embed_type", "projection")
              .put("projection_class_embeddings_input_dim", captions.width())
              .put("attention_head_dim", headWidth());
    }
    channels.forEach(json.putArray("block_out_channels")::add);
    ArrayNode down = json.putArray("down_block_types");
    ArrayNode up = json.putArray("up_block_types");
    IntStream.range(0, n).forEach(i -> down.add(type("DownBlock2D", i)));
    IntStream.range(0, n).forEach(i -> up.add(type("UpBlock2D", n - 1 - i)));
    return json;
  }

  private String type(String plain, int level) {
    return level >= attentionFrom ? "Attn" + plain : plain;
  }

  private int groups() {
    return dividing(MOST_GROUPS, channels);
  }

  private int headWidth() {
    return dividing(
        WIDEST_HEAD, channels.subList(Math.min(attentionFrom, channels.size()), channels.size()));
  }

  /** The largest of a power of two and its halves that all widths are multiples of. */
  private static int dividing(int most, List<Integer> widths) {
    int divisor = most;
    for (int width : widths) {
      while (width % divisor != 0) {
        divisor /= 2;
      }
    }
    return divisor;
  }

  /** {@code scheduler_config.json}, in diffusers' words. */
  ObjectNode scheduler() {
    return JSON.createObjectNode()
        .put("_class_name", "DDIMScheduler")
        .put("num_train_timesteps", 1000)
        .put("beta_schedule", "squaredcos_cap_v2")
        .put("prediction_type", "v_prediction")
        .put("timestep_spacing", "trailing")
        .put("rescale_betas_zero_snr", true)
        .put("clip_sample", true)
        .put("set_alpha_to_one", true)
        .put("steps_offset", 0);
  }

  /** Writes both files into a run's folder, and reads them as anybody would. */
  Parts write(Path run, int pixels, int side, Condition condition) throws IOException {
    Path network = run.resolve("unet/config.json");
    Path scheduler = SchedulerConfig.file(run);
    write(network, network(pixels, side, condition));
    write(scheduler, scheduler());
    return new Parts(
        UNetConfig.read(ConfigJson.read(network)),
        SchedulerConfig.of(new JsonFields(scheduler, scheduler())));
  }

  /** The network's and the schedule's options. */
  record Parts(UNetConfig network, SchedulerConfig scheduler) {}

  private static void write(Path file, ObjectNode json) throws IOException {
    Files.createDirectories(file.getParent());
    AtomicFile.write(
        file, out -> out.write(JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(json)));
  }

  /** Everything that a continued run has to have in common with its start. */
  String text() {
    return toString();
  }
}
