package org.sememe.app.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SequencedMap;

/**
 * How long short commands take from start to end, each in a process of its own, in turns.
 *
 * @param program the words before a command's: a launcher, or Java with its options and main class
 * @param repetitions timed rounds, at least 1, after one that is not timed
 */
public record StartupBench(List<String> program, int repetitions) {
  /** Checks the range. */
  public StartupBench {
    program = List.copyOf(program);
    if (repetitions < 1) {
      throw new IllegalArgumentException("repetitions must be at least 1");
    }
  }

  /** This program as this process was started, with its Java, options and class path. */
  public static List<String> likeThisOne(Class<?> main) {
    return Child.likeThisOne(main.getName(), List.of());
  }

  /** Whether this process, and so one started like it, was given a cache of its classes. */
  public static boolean aotCache() {
    return Child.options().stream().anyMatch(option -> option.startsWith("-XX:AOTCache="));
  }

  /** Told after every round, the untimed one included. */
  @FunctionalInterface
  public interface Listener {
    void round(int done);
  }

  /**
   * Seconds and resident size of each command, medians; fields as scripts read them.
   *
   * @param commands the words after the program's, by a short name
   * @throws IOException if a command fails
   */
  public Map<String, Object> run(SequencedMap<String, List<String>> commands, Listener listener)
      throws IOException {
    Map<String, List<Child>> ended = new LinkedHashMap<>();
    for (int round = 0; round <= repetitions; round++) {
      for (Map.Entry<String, List<String>> command : commands.entrySet()) {
        List<String> words = new ArrayList<>(program);
        words.addAll(command.getValue());
        Child child = Child.run(words);
        if (round > 0) {
          ended.computeIfAbsent(command.getKey(), key -> new ArrayList<>()).add(child);
        }
      }
      listener.round(round + 1);
    }
    Map<String, Object> fields = new LinkedHashMap<>();
    ended.forEach(
        (name, children) -> {
          fields.put(name + "_s", Median.of(children, Child::seconds));
          List<Double> peaks =
              children.stream()
                  .map(Child::peakMegabytes)
                  .filter(OptionalDouble::isPresent)
                  .map(OptionalDouble::getAsDouble)
                  .toList();
          if (!peaks.isEmpty()) {
            fields.put(name + "_peak_mb", Median.of(peaks, Double::doubleValue));
          }
        });
    fields.put("repetitions", repetitions);
    fields.put("cpu", Cpu.name());
    return fields;
  }
}
