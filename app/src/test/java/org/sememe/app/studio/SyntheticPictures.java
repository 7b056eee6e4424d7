package org.sememe.app.studio;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Networks that draw grey squares: a picture's brightness is 20 times its class or its caption's
 * length, and what was asked for is kept.
 */
final class SyntheticPictures implements PictureSource {
  static final String HOSTILE = "<img src=x onerror=alert(1)>";
  static final int SIDE = 8;

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int LABEL_STEP = 20;

  private final List<Request> asked = new ArrayList<>();
  private final boolean captions;

  /** Networks of classes, or of captions. */
  SyntheticPictures(boolean captions) {
    this.captions = captions;
  }

  /** The requests so far. */
  synchronized List<Request> asked() {
    return List.copyOf(asked);
  }

  @Override
  public List<Network> networks() {
    OptionalInt classes = captions ? OptionalInt.empty() : OptionalInt.of(10);
    return List.of(
        new Network(
            "teacher",
            HOSTILE,
            true,
            OptionalInt.of(SIDE),
            classes,
            classes,
            captions,
            IntStream.rangeClosed(1, 50).boxed().toList(),
            List.of("ddim", "euler")),
        new Network(
            "student",
            "student",
            true,
            OptionalInt.of(SIDE),
            classes,
            classes,
            captions,
            List.of(1, 2, 4),
            List.of("lcm")));
  }

  @Override
  public synchronized Drawn draw(Request request) {
    asked.add(request);
    if (brightness(request.pictures().getFirst()) > 10) {
      throw new IllegalArgumentException("class " + brightness(request.pictures().getFirst()));
    }
    int size = SIDE * SIDE;
    byte[] values = new byte[request.pictures().size() * size];
    for (int i = 0; i < values.length; i++) {
      values[i] = (byte) (LABEL_STEP * brightness(request.pictures().get(i / size)));
    }
    Sheet sheet = new Sheet(SIDE * request.pictures().size(), SIDE, 1, base64(values));
    return new Drawn(
        sheet,
        request.pictures().size(),
        3.0 * request.steps(),
        request.watch().isPresent() ? Optional.of(List.of(0.0, 1.0, 0.5, 0.0)) : Optional.empty());
  }

  /** Its class, or the length of its caption. */
  private static int brightness(Wanted picture) {
    return picture.label().orElseGet(() -> picture.caption().orElseThrow().length());
  }

  private static String base64(byte[] values) {
    return Base64.getEncoder().encodeToString(values);
  }

  @Override
  public boolean touchable() {
    return true;
  }

  /** Two features of a map of 2 x 2. */
  @Override
  public Optional<Features> features() {
    Sheet example = new Sheet(SIDE, SIDE, 1, base64(new byte[SIDE * SIDE]));
    return Optional.of(
        new Features(
            "student",
            HOSTILE,
            2,
            2,
            320,
            List.of(new Feature(17, 0.125, 2, 1, example), new Feature(3, 0.01, 4, 1, example))));
  }

  @Override
  public List<Training> trainings() {
    return List.of(
        new Training("teacher", HOSTILE, lines("loss"), List.of()),
        new Training("student", "student", lines("teaching"), List.of(10L, 20L)));
  }

  private static List<JsonNode> lines(String loss) {
    return LongStream.of(10, 20, 30)
        .<JsonNode>mapToObj(step -> JSON.createObjectNode().put("step", step).put(loss, 1.0 / step))
        .toList();
  }

  @Override
  public Optional<Sheet> sheet(String training, long step) {
    return training.equals("student") && (step == 10 || step == 20)
        ? Optional.of(new Sheet(2, 2, 3, base64(new byte[12])))
        : Optional.empty();
  }

  @Override
  public Optional<JsonNode> evaluation() {
    try {
      return Optional.of(
          JSON.readTree(
              """
              {"count": 300, "judge_accuracy": 0.975, "rows": [{"name": "student", "steps": 1,
               "fid": 2.5, "fid_95": 0.25, "kid": 0.05, "kid_95": 0.01, "precision": 1,
               "recall": 0.125, "consistency": 0.99, "consistency_95": 0.01, "diversity": 0.5,
               "pictures_per_s": 1234.5, "ms_for_one": 2.25}]}
              """));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public List<Map<String, String>> ablation() {
    return List.of(row("usual", "usual", 2), row("usual", "usual", 4), row("start", HOSTILE, 9));
  }

  private static Map<String, String> row(String study, String setting, int fid) {
    return Map.of(
        "study",
        study,
        "setting",
        setting,
        "pictures",
        "300",
        "fid",
        String.valueOf(fid),
        "recall",
        "0.5",
        "consistency",
        "0.9",
        "diversity",
        "0.7");
  }
}
