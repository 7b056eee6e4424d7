package org.sememe.app.studio;

import com.fasterxml.jackson.databind.JsonNode;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.sememe.analysis.index.FeatureDetail;
import org.sememe.analysis.index.FeatureExample;
import org.sememe.app.studio.FeatureGrades.Grade;

/**
 * How well a feature's label fits its examples, over HTTP: {@code GET /api/features/LATENT/grades}
 * answers {@link Shown}; {@code POST} with {@code {"example": 3, "grade": 2}} grades an example
 * against the label that the feature has now, without {@code grade} takes its grade away, and
 * answers the same.
 */
final class GradesApi {
  private static final String EXAMPLE = "{\"example\": 3, \"grade\": 2}";

  /**
   * The grades of a label.
   *
   * @param editable whether grades are kept and there is a label to grade
   * @param label what is graded; empty if the feature has none
   * @param examples grades by the id of an example
   * @param intervals random examples of each interval of activation, lowest first
   * @param strongest examples that are shown for their strength
   * @param otherLabels grades that were given to labels which the feature had before
   */
  record Shown(
      boolean editable,
      String label,
      Map<Integer, Integer> examples,
      List<Tally> intervals,
      Tally strongest,
      int otherLabels) {}

  /**
   * Grades of some examples.
   *
   * @param counts of the grades 0 to 3
   * @param sample how many there are
   * @param share of those that the label fits cleanly; absent where there are none
   * @param low end of Wilson's interval of 95 % about the share
   * @param high its other end
   */
  record Tally(
      List<Integer> counts,
      int sample,
      Optional<Double> share,
      Optional<Double> low,
      Optional<Double> high) {
    static Tally of(List<Grade> grades) {
      List<Integer> counts = new ArrayList<>();
      for (int grade = 0; grade <= FeatureGrades.BEST; grade++) {
        int wanted = grade;
        counts.add((int) grades.stream().filter(g -> g.grade() == wanted).count());
      }
      int n = grades.size();
      if (n == 0) {
        return new Tally(counts, 0, Optional.empty(), Optional.empty(), Optional.empty());
      }
      double share = (double) counts.getLast() / n;
      double z = 1.959964;
      double centre = (share + z * z / (2 * n)) / (1 + z * z / n);
      double half =
          z * Math.sqrt(share * (1 - share) / n + z * z / (4.0 * n * n)) / (1 + z * z / n);
      return new Tally(
          counts,
          n,
          Optional.of(share),
          Optional.of(Math.max(0, centre - half)),
          Optional.of(Math.min(1, centre + half)));
    }
  }

  private final Optional<FeatureGrades> grades;
  private final Optional<FeatureNotes> notes;
  private final JsonExchange json;

  GradesApi(Optional<FeatureGrades> grades, Optional<FeatureNotes> notes, JsonExchange json) {
    this.grades = grades;
    this.notes = notes;
    this.json = json;
  }

  void read(ServerRequest request, ServerResponse response, FeatureDetail feature) {
    json.send(request, response, shown(feature));
  }

  void write(ServerRequest request, ServerResponse response, FeatureDetail feature) {
    FeatureGrades file =
        grades.orElseThrow(() -> new StudioException(409, "this studio keeps no grades"));
    JsonNode body = json.object(request, EXAMPLE);
    JsonNode grade = body.path("grade");
    boolean given = !grade.isMissingNode() && !grade.isNull();
    if (!body.path("example").isInt() || (given && !grade.isInt())) {
      throw new StudioException(400, "send " + EXAMPLE);
    }
    int id = body.path("example").intValue();
    FeatureExample example =
        feature.examples().stream()
            .filter(e -> e.id() == id)
            .findFirst()
            .orElseThrow(() -> new StudioException(404, "there is no example " + id));
    if (given) {
      String label = label(feature);
      if (label.isEmpty()) {
        throw new StudioException(409, "the feature has no label to grade: write one first");
      }
      file.put(feature.latent(), Grade.of(example, label, grade.intValue()));
    } else {
      file.remove(feature.latent(), example);
    }
    json.send(request, response, shown(feature));
  }

  private String label(FeatureDetail feature) {
    return notes.map(all -> all.of(feature.latent()).label()).orElse("");
  }

  private Shown shown(FeatureDetail feature) {
    String label = label(feature);
    List<Grade> all = grades.map(file -> file.of(feature.latent())).orElse(List.of());
    List<Grade> own = all.stream().filter(grade -> grade.label().equals(label)).toList();
    Map<Integer, Integer> examples = new TreeMap<>();
    for (FeatureExample example : feature.examples()) {
      own.stream()
          .filter(grade -> grade.isOf(example))
          .forEach(grade -> examples.put(example.id(), grade.grade()));
    }
    List<Tally> intervals = new ArrayList<>();
    int count = feature.intervals().size();
    for (int i = 0; i < count; i++) {
      double low = i == 0 ? 0 : feature.intervals().get(i).low();
      double high = i == count - 1 ? Double.POSITIVE_INFINITY : feature.intervals().get(i).high();
      intervals.add(
          Tally.of(
              own.stream()
                  .filter(g -> g.random() && g.activation() >= low && g.activation() < high)
                  .toList()));
    }
    return new Shown(
        grades.isPresent() && !label.isEmpty(),
        label,
        examples,
        intervals,
        Tally.of(own.stream().filter(grade -> !grade.random()).toList()),
        all.size() - own.size());
  }
}
