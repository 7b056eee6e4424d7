package org.sememe.app.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.sememe.training.Architecture;
import org.sememe.training.TrainOptions;
import org.sememe.training.ranks.Sharding;

/**
 * What a second process brings. Two ranks of one thread each share a step's rows, with the update
 * or without, or its latents; one does it alone; and one and two processes do nothing but the
 * encoder's product, each its own, which says what the machine has to give: two of its processors
 * may be one core. All in turns, in processes that wait meanwhile; medians of the rounds.
 *
 * @param options of the step
 * @param width of synthetic rows
 * @param rounds timed, at least 1, after one that is not
 */
public record RankBench(TrainOptions options, int width, int rounds) {
  /** What a run of one dictionary can share out. */
  private static final List<Sharding> SHARED_OUT =
      List.of(Sharding.ROWS, Sharding.ZERO1, Sharding.LATENTS);

  private static final int RANKS = 2;
  private static final int TIMES = 3;
  private static final Path COUNTERS = Path.of("/proc/net/dev");

  /** Checks the range. */
  public RankBench {
    if (rounds < 1 || width < 1) {
      throw new IllegalArgumentException("d and rounds must be at least 1");
    }
  }

  /** Told after every round, the untimed one included. */
  @FunctionalInterface
  public interface Listener {
    void round(int done);
  }

  /** What was measured of some processes at work together. */
  private record Round(double seconds, long sent, OptionalLong wire, JsonNode split) {}

  /** What was measured; fields as scripts read them. */
  public Map<String, Object> run(Listener listener) throws IOException {
    List<ToldProcess> all = new ArrayList<>();
    try {
      Map<String, List<ToldProcess>> groups = new LinkedHashMap<>();
      List<ToldProcess> products = List.of(start(all, RankProbe.GEMM), start(all, RankProbe.GEMM));
      groups.put("gemm_alone", products.subList(0, 1));
      groups.put("gemm_both", products);
      groups.put("one", List.of(start(all, Sharding.ROWS.text())));
      for (Sharding sharding : SHARED_OUT) {
        groups.put(sharding.text(), ranks(all, sharding));
      }
      for (ToldProcess each : all) {
        each.awaitReady();
      }
      Map<String, List<Round>> measured = new LinkedHashMap<>();
      for (int round = 0; round <= rounds; round++) {
        for (Map.Entry<String, List<ToldProcess>> group : groups.entrySet()) {
          Round one = round(group.getValue());
          if (round > 0) {
            measured.computeIfAbsent(group.getKey(), key -> new ArrayList<>()).add(one);
          }
        }
        listener.round(round + 1);
      }
      return fields(measured);
    } finally {
      all.forEach(ToldProcess::dismiss);
      for (ToldProcess each : all) {
        each.close();
      }
    }
  }

  private ToldProcess start(List<ToldProcess> all, String what) throws IOException {
    return start(all, what, Map.of());
  }

  private ToldProcess start(List<ToldProcess> all, String what, Map<String, String> environment)
      throws IOException {
    ToldProcess process = new ToldProcess(RankProbe.arguments(what, width, options), environment);
    all.add(process);
    return process;
  }

  private List<ToldProcess> ranks(List<ToldProcess> all, Sharding sharding) throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    List<ToldProcess> ranks = new ArrayList<>();
    for (int rank = 0; rank < RANKS; rank++) {
      ranks.add(
          start(
              all,
              sharding.text(),
              Map.of(
                  "RANK", Integer.toString(rank),
                  "WORLD_SIZE", Integer.toString(RANKS),
                  "LOCAL_WORLD_SIZE", Integer.toString(RANKS),
                  "MASTER_ADDR", "127.0.0.1",
                  "MASTER_PORT", Integer.toString(port))));
    }
    return ranks;
  }

  /** Lets processes work at the same time. */
  private static Round round(List<ToldProcess> group) throws IOException {
    OptionalLong before = loopback();
    group.forEach(process -> process.tell(TIMES));
    List<JsonNode> answers = new ArrayList<>();
    for (ToldProcess process : group) {
      answers.add(process.answer());
    }
    OptionalLong after = loopback();
    return new Round(
        answers.stream().mapToDouble(a -> a.path("seconds").asDouble()).average().orElseThrow(),
        answers.getFirst().path("sent").asLong(),
        before.isPresent() && after.isPresent()
            ? OptionalLong.of((after.getAsLong() - before.getAsLong()) / TIMES / group.size())
            : OptionalLong.empty(),
        answers.getFirst().path("split"));
  }

  /** Bytes that passed through this machine's loopback so far, where the system tells. */
  private static OptionalLong loopback() throws IOException {
    if (!Files.isReadable(COUNTERS)) {
      return OptionalLong.empty();
    }
    return Files.readAllLines(COUNTERS).stream()
        .map(String::strip)
        .filter(line -> line.startsWith("lo:"))
        .mapToLong(line -> Long.parseLong(line.substring("lo:".length()).strip().split("\\s+")[0]))
        .findAny();
  }

  private Map<String, Object> fields(Map<String, List<Round>> measured) {
    Map<String, Object> fields = new LinkedHashMap<>();
    Map<String, Object> shape = new LinkedHashMap<>();
    shape.put("d", width);
    shape.put("latents", options.latents());
    shape.put("k", options.k());
    shape.put("batch", options.batch());
    shape.put("architecture", options.toMap().get("architecture"));
    fields.put("shape", shape);
    measured.forEach((name, rounds) -> fields.put(name + "_s", Median.of(rounds, Round::seconds)));
    double product =
        RANKS * (Double) fields.get("gemm_alone_s") / (Double) fields.get("gemm_both_s");
    fields.put("gemm_speed_up", product);
    for (Sharding sharding : SHARED_OUT) {
      String name = sharding.text();
      List<Round> rounds = measured.get(name);
      double speedUp = (Double) fields.get("one_s") / (Double) fields.get(name + "_s");
      fields.put(name + "_speed_up", speedUp);
      fields.put(name + "_share", speedUp / product);
      fields.put(name + "_sent_bytes", rounds.getLast().sent());
      fields.put(name + "_formula_bytes", formula(sharding));
      List<Long> wire = rounds.stream().flatMapToLong(r -> r.wire().stream()).boxed().toList();
      if (!wire.isEmpty()) {
        fields.put(name + "_wire_bytes", (long) Median.of(wire, Long::doubleValue));
      }
    }
    fields.put("one_split", split(measured.get("one")));
    for (Sharding sharding : SHARED_OUT) {
      fields.put(sharding.text() + "_split", split(measured.get(sharding.text())));
    }
    fields.put("rounds", rounds);
    fields.put("steps_a_round", TIMES);
    fields.put("cpu", Cpu.name());
    return fields;
  }

  /** Seconds by part, medians. */
  private static Map<String, Double> split(List<Round> rounds) {
    Map<String, Double> medians = new LinkedHashMap<>();
    for (String part : (Iterable<String>) () -> rounds.getFirst().split().fieldNames()) {
      medians.put(part, Median.of(rounds, round -> round.split().path(part).asDouble()));
    }
    return medians;
  }

  /** The bytes that a rank sends in a step by docs/distributed.md, without the few numbers. */
  private long formula(Sharding sharding) {
    long b = options.batch();
    long d = width;
    long k = options.k();
    long others = RANKS - 1;
    long rows = others * b * (4 * d + 12 * k + 8) / RANKS;
    if (sharding == Sharding.ROWS) {
      return rows;
    }
    if (sharding == Sharding.ZERO1) {
      return rows + others * 4 * options.latents() * (2 * d + 1) / RANKS;
    }
    long sums = 2 * others * 4 * (b * d + d) / RANKS;
    return options.architecture() == Architecture.TOPK ? others * 4 * b * k + sums : sums;
  }
}
