package org.sememe.app.sweep;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.sememe.tensors.AtomicFile;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.JsonFile;
import org.sememe.training.Provenance;

/**
 * Dictionaries trained on one stream of rows: {@code sweep.json} in the sweep's folder. Beside it
 * each member is an ordinary run in a folder of its name.
 *
 * @param version of the file's form, {@value #VERSION}
 * @param provenance where the rows come from
 * @param measure how much is measured; empty in files of before it was kept
 * @param members in the order of the grid
 */
public record Sweep(
    int version, Provenance provenance, Optional<SweepMeasure> measure, List<SweepMember> members) {
  /** The file's name. */
  public static final String FILE = "sweep.json";

  private static final int VERSION = 1;

  private static final ObjectMapper MAPPER =
      new ObjectMapper()
          .registerModule(new Jdk8Module())
          .setPropertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .setSerializationInclusion(JsonInclude.Include.NON_ABSENT)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES);

  public Sweep {
    if (version != VERSION) {
      throw new IllegalArgumentException("a sweep of version " + version + ", not " + VERSION);
    }
    Objects.requireNonNull(provenance, "provenance");
    members = List.copyOf(members);
    if (members.isEmpty()) {
      throw new IllegalArgumentException("a sweep without members");
    }
  }

  /** A sweep that is still to be trained. */
  public static Sweep of(Provenance provenance, SweepMeasure measure, List<SweepMember> members) {
    return new Sweep(VERSION, provenance, Optional.of(measure), members);
  }

  /** These runs after something became known of them. */
  public Sweep with(List<SweepMember> known) {
    return new Sweep(version, provenance, measure, known);
  }

  /** The means of the recipes that were measured. */
  public List<RecipeMean> recipes() {
    return RecipeMean.of(members);
  }

  /** Whether a folder holds a sweep. */
  public static boolean in(Path folder) {
    return Files.isRegularFile(folder.resolve(FILE));
  }

  /**
   * The sweep of a folder.
   *
   * @throws FormatException if the file is damaged
   * @throws IOException if there is none
   */
  public static Sweep read(Path folder) throws IOException {
    if (!in(folder)) {
      throw new IOException(folder + ": no sweep there (no " + FILE + ")");
    }
    return JsonFile.read(MAPPER, folder.resolve(FILE), Sweep.class);
  }

  /** Writes the file. */
  public void write(Path folder) throws IOException {
    Files.createDirectories(folder);
    AtomicFile.write(
        folder.resolve(FILE),
        out -> MAPPER.writerWithDefaultPrettyPrinter().writeValue(out, fields()));
  }

  /** The file's fields: the components, each member's curve and recipe in words, the means. */
  public Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("version", version);
    fields.put("provenance", plain(provenance));
    measure.ifPresent(own -> fields.put("measure", plain(own)));
    fields.put(
        "members",
        members.stream()
            .map(
                member -> {
                  Map<String, Object> own = new LinkedHashMap<>();
                  own.put("name", member.name());
                  own.put("series", member.series());
                  own.put("recipe", member.recipe());
                  own.putAll(plain(member));
                  return own;
                })
            .toList());
    fields.put("recipes", recipes().stream().map(Sweep::plain).toList());
    return fields;
  }

  private static Map<String, Object> plain(Object value) {
    return MAPPER.convertValue(value, new TypeReference<LinkedHashMap<String, Object>>() {});
  }
}
