package org.sememe.app.sweep;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.sememe.tensors.AtomicFile;

/** {@code pareto.csv}: a line for each measured member, numbers in full. */
public final class ParetoCsv {
  /** The file's name. */
  public static final String FILE = "pareto.csv";

  /** Options that are a column of every table, whether they vary or not. */
  private static final List<String> OPTIONS = List.of("architecture", "latents", "k", "tokens");

  private ParetoCsv() {}

  /** Writes the file into the sweep's folder. */
  public static void write(Sweep sweep, Path folder) throws IOException {
    AtomicFile.write(
        folder.resolve(FILE), out -> out.write(text(sweep).getBytes(StandardCharsets.UTF_8)));
  }

  static String text(Sweep sweep) {
    List<String> options = new ArrayList<>(OPTIONS);
    sweep.members().stream()
        .flatMap(member -> member.settings().keySet().stream())
        .filter(key -> !options.contains(key))
        .distinct()
        .forEach(options::add);
    StringBuilder text = new StringBuilder();
    List<String> head = new ArrayList<>(List.of("name", "series", "seed"));
    head.addAll(options);
    head.addAll(
        List.of(
            "l0",
            "l0_low",
            "l0_high",
            "fvu",
            "fvu_low",
            "fvu_high",
            "dead_share",
            "ce_recovered",
            "ce_recovered_low",
            "ce_recovered_high",
            "rows",
            "documents",
            "splice_tokens",
            "splice_contexts"));
    line(text, head);
    for (SweepMember member : sweep.members()) {
      member
          .scores()
          .ifPresent(
              scores -> {
                List<String> cells =
                    new ArrayList<>(
                        List.of(member.name(), member.series(), Long.toString(member.seed())));
                options.forEach(key -> cells.add(member.setting(key)));
                cells.addAll(numbers(scores));
                line(text, cells);
              });
    }
    return text.toString();
  }

  private static List<String> numbers(SweepScores scores) {
    Optional<List<Double>> recovered = scores.ceRecoveredInterval();
    return List.of(
        Double.toString(scores.l0()),
        Double.toString(scores.l0Interval().getFirst()),
        Double.toString(scores.l0Interval().getLast()),
        Double.toString(scores.fvu()),
        Double.toString(scores.fvuInterval().getFirst()),
        Double.toString(scores.fvuInterval().getLast()),
        Double.toString(scores.deadShare()),
        scores.ceRecovered().isPresent() ? Double.toString(scores.ceRecovered().getAsDouble()) : "",
        recovered.map(i -> Double.toString(i.getFirst())).orElse(""),
        recovered.map(i -> Double.toString(i.getLast())).orElse(""),
        Long.toString(scores.rows()),
        Long.toString(scores.documents()),
        Long.toString(scores.spliceTokens()),
        Integer.toString(scores.spliceContexts()));
  }

  private static void line(StringBuilder text, List<String> cells) {
    text.append(cells.stream().map(ParetoCsv::quoted).collect(Collectors.joining(",")))
        .append('\n');
  }

  private static String quoted(String cell) {
    return cell.matches("[^\",\\r\\n]*") ? cell : '"' + cell.replace("\"", "\"\"") + '"';
  }
}
