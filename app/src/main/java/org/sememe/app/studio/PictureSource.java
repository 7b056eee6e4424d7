package org.sememe.app.studio;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Networks that draw, and what is known of how they were trained. Thread-safe. */
public interface PictureSource {
  /**
   * A network.
   *
   * @param name its part: {@code teacher} or {@code student}
   * @param run its folder's name
   * @param ready whether its weights are there; else it is still trained
   * @param side of its pictures, in pixels
   * @param classes how many it draws, without the one that stands for none
   * @param none the class that stands for none
   * @param captions whether it draws from captions; it has no classes then
   * @param steps numbers of steps that it draws in, rising
   * @param samplers ways of sampling by name, its own first
   */
  record Network(
      String name,
      String run,
      boolean ready,
      OptionalInt side,
      OptionalInt classes,
      OptionalInt none,
      boolean captions,
      List<Integer> steps,
      List<String> samplers) {}

  /**
   * A picture that is wanted.
   *
   * @param label its class, for a network of classes
   * @param caption what it shows, for a network of captions
   * @param seed of its noise
   * @param to seed of the noise that {@code share} leads to
   * @param share of the way from the one noise to the other, 0 to 1
   */
  record Wanted(
      OptionalInt label,
      Optional<String> caption,
      long seed,
      OptionalLong to,
      OptionalDouble share) {}

  /**
   * What is to be drawn.
   *
   * @param network its name
   * @param sampler its own unless said
   * @param guidance none unless said
   * @param touches where features are painted; nowhere unless said
   * @param watch the latent whose activations in the first picture are wanted
   */
  record Request(
      String network,
      List<Wanted> pictures,
      int steps,
      Optional<String> sampler,
      OptionalDouble guidance,
      Optional<List<Touch>> touches,
      OptionalInt watch) {}

  /**
   * A feature that is painted.
   *
   * @param on places of the module's map, row by row, at which it gets {@code strength}
   * @param off places at which it gets 0
   * @param strength an activation; the feature's maximum unless said
   */
  record Touch(int latent, List<Integer> on, List<Integer> off, OptionalDouble strength) {}

  /**
   * A feature of a dictionary.
   *
   * @param density share of positions at which it is active
   * @param largest activation
   * @param count of the examples
   * @param examples pictures in which it is strongest, one below the other
   */
  record Feature(int latent, double density, double largest, int count, Sheet examples) {}

  /**
   * Features that can be painted.
   *
   * @param network whose module it is
   * @param hook the module
   * @param height of its map
   * @param width of its map
   * @param pictures that were looked at
   * @param features the largest, of those that are not active nearly everywhere
   */
  record Features(
      String network, String hook, int height, int width, int pictures, List<Feature> features) {}

  /**
   * Pictures in lines of {@code columns} side by side.
   *
   * @param height of the whole
   * @param width of the whole
   * @param channels 1 or 3
   * @param values base64 of {@code [height, width, channels]}, 0 to 255
   */
  record Sheet(int height, int width, int channels, String values) {}

  /**
   * What was drawn.
   *
   * @param pictures one below the other
   * @param count how many
   * @param milliseconds that drawing them all together took
   * @param activations of the watched latent in the first picture, row by row, before painting
   */
  record Drawn(
      Sheet pictures, int count, double milliseconds, Optional<List<Double>> activations) {}

  /**
   * A training.
   *
   * @param name of its part: {@code teacher}, {@code student} or {@code features}
   * @param run its folder's name
   * @param lines of {@code metrics.jsonl}, thinned
   * @param sheets steps of which there is a sheet of pictures, rising
   */
  record Training(String name, String run, List<JsonNode> lines, List<Long> sheets) {}

  /** The networks, the teacher first. */
  List<Network> networks();

  /**
   * Draws.
   *
   * @throws IllegalArgumentException for what the network cannot draw, and if there is no such
   *     network or it has no weights yet
   */
  Drawn draw(Request request);

  /** Whether there is a dictionary whose features can be painted. */
  boolean touchable();

  /** Its features; empty where there is no dictionary, or its network has no weights yet. */
  Optional<Features> features();

  /** How they were trained, as far as files tell. */
  List<Training> trainings();

  /** The sheet of pictures that a training drew at a step; empty if there is none. */
  Optional<Sheet> sheet(String training, long step);

  /** What {@code sememe diffusion evaluate} measured; empty if it was not asked. */
  Optional<JsonNode> evaluation();

  /** The lines of {@code ablation.csv}, by the names of its columns; empty if there is none. */
  List<Map<String, String>> ablation();
}
