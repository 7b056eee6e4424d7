package org.sememe.training.ranks;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** Ranks of a job on this machine, a process each, started as torchrun starts them. */
public final class RankProcesses {
  private RankProcesses() {}

  /** Starts {@code size} ranks of a main class; rank r writes to {@code rank-r.log}. */
  public static List<Process> start(int size, Path logs, Class<?> main, List<String> arguments)
      throws IOException {
    List<List<String>> here = Collections.nCopies(size, List.of());
    return start(here, "127.0.0.1", freePort(), logs, main, arguments);
  }

  /**
   * The same with words before each rank's command, such as those that run it elsewhere.
   *
   * @param address of rank 0
   */
  public static List<Process> start(
      List<List<String>> prefixes,
      String address,
      int port,
      Path logs,
      Class<?> main,
      List<String> arguments)
      throws IOException {
    int size = prefixes.size();
    List<Process> processes = new ArrayList<>();
    for (int rank = 0; rank < size; rank++) {
      List<String> command = new ArrayList<>(prefixes.get(rank));
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.add("--add-modules=jdk.incubator.vector");
      command.add("--enable-native-access=ALL-UNNAMED");
      command.add("-cp");
      command.add(System.getProperty("java.class.path"));
      command.add(main.getName());
      command.addAll(arguments);
      ProcessBuilder builder = new ProcessBuilder(command);
      builder
          .environment()
          .putAll(
              Map.of(
                  "RANK", Integer.toString(rank),
                  "WORLD_SIZE", Integer.toString(size),
                  "MASTER_ADDR", address,
                  "MASTER_PORT", Integer.toString(port)));
      processes.add(
          builder
              .redirectErrorStream(true)
              .redirectOutput(logs.resolve("rank-" + rank + ".log").toFile())
              .start());
    }
    return processes;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
