package org.sememe.app.studio;

import com.fasterxml.jackson.databind.JsonNode;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Networks that draw, over HTTP.
 *
 * <ul>
 *   <li>{@code GET /api/pictures}: {@link Shown}, the networks and what was measured of them
 *   <li>{@code POST /api/pictures/draw} with {@code {"network": "student", "pictures": [{"label":
 *       7, "seed": 1}], "steps": 1}}, a {@link PictureSource.Request}: 1 to 64 pictures, each with
 *       a label or a caption, whichever the network draws from. {@link PictureSource.Drawn}
 *   <li>{@code GET /api/pictures/features}: {@link PictureSource.Features}
 *   <li>{@code GET /api/pictures/trainings}: {@link Trained}, their curves and sheets
 *   <li>{@code GET /api/pictures/sheet?training=student&step=250}: {@link PictureSource.Sheet}
 * </ul>
 */
final class PicturesApi {
  private static final int MOST = 64;
  private static final int LONGEST_CAPTION = 300;
  private static final double MOST_GUIDANCE = 30;
  private static final double MOST_STRENGTH = 1e6;
  private static final String EXAMPLE =
      "{\"network\": \"student\", \"pictures\": [{\"label\": 7, \"seed\": 1}], \"steps\": 1}";

  private final Optional<PictureSource> source;
  private final JsonExchange json;

  /** The networks, and what was measured. */
  record Shown(
      List<PictureSource.Network> networks,
      Optional<JsonNode> evaluation,
      List<Map<String, String>> ablation,
      boolean features) {}

  /** All trainings. */
  record Trained(List<PictureSource.Training> trainings) {}

  PicturesApi(Optional<PictureSource> source, JsonExchange json) {
    this.source = source;
    this.json = json;
  }

  private PictureSource source() {
    return source.orElseThrow(
        () -> new StudioException(404, "this studio shows no network that draws"));
  }

  void show(ServerRequest request, ServerResponse response) {
    PictureSource pictures = source();
    json.send(
        request,
        response,
        new Shown(
            pictures.networks(), pictures.evaluation(), pictures.ablation(), pictures.touchable()));
  }

  void features(ServerRequest request, ServerResponse response) {
    json.send(
        request,
        response,
        source()
            .features()
            .orElseThrow(
                () -> new StudioException(404, "this studio has no features to be painted")));
  }

  void trainings(ServerRequest request, ServerResponse response) {
    json.send(request, response, new Trained(source().trainings()));
  }

  void draw(ServerRequest request, ServerResponse response) {
    PictureSource pictures = source();
    PictureSource.Request wanted = json.read(request, PictureSource.Request.class, EXAMPLE);
    if (wanted.network() == null || wanted.pictures() == null) {
      throw new StudioException(400, "send " + EXAMPLE);
    }
    if (wanted.pictures().isEmpty() || wanted.pictures().size() > MOST) {
      throw new StudioException(400, "pictures: 1 to " + MOST);
    }
    for (PictureSource.Wanted picture : wanted.pictures()) {
      if (picture.label().isPresent() == picture.caption().isPresent()) {
        throw new StudioException(400, "each picture needs a label or a caption");
      }
      if (picture.caption().orElse("").length() > LONGEST_CAPTION) {
        throw new StudioException(400, "caption: " + LONGEST_CAPTION + " characters at most");
      }
      double share = picture.share().orElse(0);
      if (!(share >= 0 && share <= 1)) {
        throw new StudioException(400, "share: from 0 to 1");
      }
    }
    for (PictureSource.Touch touch : wanted.touches().orElse(List.of())) {
      if (touch.on() == null
          || touch.off() == null
          || Math.abs(touch.strength().orElse(0)) > MOST_STRENGTH) {
        throw new StudioException(
            400, "touches: [{\"latent\": 3, \"on\": [0, 1], \"off\": []}], with a strength or not");
      }
    }
    double guidance = wanted.guidance().orElse(0);
    if (!(guidance >= 0 && guidance <= MOST_GUIDANCE)) {
      throw new StudioException(400, "guidance: from 0 to 30");
    }
    json.send(request, response, pictures.draw(wanted));
  }

  void sheet(ServerRequest request, ServerResponse response) {
    String training = request.query().first("training").asOptional().orElse("");
    String step = request.query().first("step").asOptional().orElse("");
    if (!step.matches("[0-9]{1,9}")) {
      throw new StudioException(400, "say which: ?training=student&step=250");
    }
    json.send(
        request,
        response,
        source()
            .sheet(training, Long.parseLong(step))
            .orElseThrow(() -> new StudioException(404, "there is no such sheet of pictures")));
  }
}
