package org.sememe.app.studio;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.sememe.analysis.index.FeatureExample;

/**
 * How well people found that labels fit examples, in a file beside the run that indexing does not
 * touch: {@code {"grades": {"3": [{"text": "...", "activation": 12.5, "random": true, "label":
 * "...", "grade": 3}]}}}, keys by latent. The grades are those of Scaling Monosemanticity
 * (Templeton et al. 2024, "Specificity"): 0 irrelevant, 1 related to the text but not near the
 * token, 2 loosely related to the token, 3 fits it cleanly. An example is known by its text and
 * activation, so a grade is found again in the next index. Each change writes the whole file.
 * Thread-safe.
 */
public final class FeatureGrades {
  /** The file's name, in the folder of what is kept of a dictionary. */
  public static final String FILE = "grades.json";

  /** The grade of a label that fits. */
  public static final int BEST = 3;

  private static final int MOST_TEXT = 400;

  /** Two activations are one example's if they differ by less than this share. */
  private static final double SAME = 1e-3;

  /**
   * One grade.
   *
   * @param text of the example up to and with the token, its last 400 characters
   * @param activation at the token
   * @param random whether the example was drawn at random from an interval, and not for its
   *     strength
   * @param label what was graded
   * @param grade 0 to 3
   */
  public record Grade(String text, double activation, boolean random, String label, int grade) {
    /**
     * @throws IllegalArgumentException if one is out of range
     */
    public Grade {
      if (grade < 0 || grade > BEST) {
        throw new IllegalArgumentException("grade: 0 to " + BEST);
      }
      if (label.isEmpty() || label.length() > FeatureNotes.MOST_LABEL) {
        throw new IllegalArgumentException(
            "label: 1 to " + FeatureNotes.MOST_LABEL + " characters");
      }
      if (!(activation > 0) || Double.isInfinite(activation)) {
        throw new IllegalArgumentException("activation: a number above 0");
      }
      if (text.length() > MOST_TEXT) {
        throw new IllegalArgumentException("text: at most " + MOST_TEXT + " characters");
      }
    }

    /** Whether this is a grade of an example; another index's rounding may be another. */
    boolean isOf(FeatureExample example) {
      return text.equals(FeatureGrades.text(example)) && near(example.activation());
    }

    private boolean near(double other) {
      return Math.abs(activation - other) <= SAME * Math.max(activation, other);
    }

    private boolean sameExample(Grade other) {
      return text.equals(other.text) && near(other.activation);
    }

    /** An example's grade. */
    static Grade of(FeatureExample example, String label, int grade) {
      boolean random = !example.group().equals("top");
      return new Grade(FeatureGrades.text(example), example.activation(), random, label, grade);
    }
  }

  private final KeptFile file;

  /** Grades in a file, which need not be there yet. */
  public FeatureGrades(Path file) {
    this.file = new KeptFile(file, "grades");
  }

  /** What an example is known by. */
  static String text(FeatureExample example) {
    String all = String.join("", example.tokens().subList(0, example.peak() + 1));
    int from = Math.max(0, all.length() - MOST_TEXT);
    boolean half = from < all.length() && Character.isLowSurrogate(all.charAt(from));
    return all.substring(half ? from + 1 : from);
  }

  /**
   * The grades of a feature's examples.
   *
   * @throws UncheckedIOException if the file cannot be read, or is not one of grades
   */
  public List<Grade> of(int latent) {
    return all().getOrDefault(latent, List.of());
  }

  private synchronized Map<Integer, List<Grade>> all() {
    return file.read(KeptFile::latent, (key, list) -> grades(list));
  }

  private static List<Grade> grades(JsonNode list) {
    List<Grade> grades = new ArrayList<>();
    for (JsonNode grade : list) {
      grades.add(
          new Grade(
              grade.path("text").asText(),
              grade.path("activation").asDouble(),
              grade.path("random").asBoolean(),
              grade.path("label").asText(),
              grade.path("grade").asInt(-1)));
    }
    return grades;
  }

  /** Keeps a grade, in the place of one of the same example. */
  public synchronized void put(int latent, Grade grade) {
    Map<Integer, List<Grade>> all = all();
    List<Grade> list = new ArrayList<>(all.getOrDefault(latent, List.of()));
    list.removeIf(grade::sameExample);
    list.add(grade);
    all.put(latent, list);
    write(all);
  }

  /** Takes the grade of an example away, if it has one. */
  public synchronized void remove(int latent, FeatureExample example) {
    Map<Integer, List<Grade>> all = all();
    List<Grade> rest = new ArrayList<>(all.getOrDefault(latent, List.of()));
    if (rest.removeIf(grade -> grade.isOf(example))) {
      all.put(latent, rest);
      write(all);
    }
  }

  private void write(Map<Integer, List<Grade>> all) {
    file.write(
        all,
        (kept, key, list) -> {
          ArrayNode of = kept.putArray(key);
          for (Grade grade : list) {
            of.addObject()
                .put("text", grade.text())
                .put("activation", grade.activation())
                .put("random", grade.random())
                .put("label", grade.label())
                .put("grade", grade.grade());
          }
        });
  }
}
