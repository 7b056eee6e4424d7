package org.sememe.training.ranks;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Ranks of a job on this machine, a process each, started as torchrun starts them. */
public final class RankProcesses {
  private RankProcesses() {}

  /** Starts {@code size} ranks of a main class; rank r writes to {@code rank-r.log}. */
  public static List<Process> start(int size, Path logs, Class<?> main, List<String> arguments)
      throws IOException {
    int port = freePort();
    List<Process> processes = new ArrayList<>();
    for (int rank = 0; rank < size; rank++) {
      List<String> command = new ArrayList<>();
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
                  "MASTER_ADDR", "127.0.0.1",
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
